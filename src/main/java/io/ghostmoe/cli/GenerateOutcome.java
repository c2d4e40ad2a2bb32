package io.ghostmoe.cli;

/**
 * What was generated.
 *
 * @param run that it came from
 * @param text without the prompt
 * @param tokens of the text
 * @param promptTokens that the prompt has
 * @param contextLength tokens that the model sees at once
 * @param seconds that it took
 * @param endOfText whether the model ended it itself
 */
public record GenerateOutcome(
    String run,
    String text,
    int tokens,
    int promptTokens,
    int contextLength,
    double seconds,
    boolean endOfText) {}
