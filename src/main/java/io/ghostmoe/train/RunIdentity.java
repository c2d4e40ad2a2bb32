package io.ghostmoe.train;

/**
 * What a run must still have when it goes on; the checkpoints keep it.
 *
 * @param data hash of the tokens that it trains and evaluates on
 * @param settings hash of those settings that its numbers depend on
 */
public record RunIdentity(String data, String settings) {}
