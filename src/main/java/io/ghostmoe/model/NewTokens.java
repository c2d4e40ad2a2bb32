package io.ghostmoe.model;

/**
 * What a sequence of a {@link KeyValueCache} goes on with.
 *
 * @param sequence which, from 0
 * @param ids of its next tokens, at least one
 */
public record NewTokens(int sequence, int[] ids) {}
