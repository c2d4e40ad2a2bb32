package io.ghostmoe.train;

/**
 * What an evaluation found.
 *
 * @param step after which it was made
 * @param loss nats a scored target
 * @param bitsPerByte bits a UTF-8 byte of the scored targets
 * @param perplexity e to the loss
 */
public record EvaluationMetrics(long step, double loss, double bitsPerByte, double perplexity) {}
