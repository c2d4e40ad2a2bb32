package io.ghostmoe.train;

import java.nio.file.Path;

/**
 * What a run is about to do.
 *
 * @param run its folder
 * @param device what it computes on, and why
 * @param dataset as it was named
 * @param parameters of the model
 * @param activeParameters that a token meets
 * @param firstStep after which it starts; above 0 when it is resumed
 * @param maxSteps at which it ends
 */
public record RunStart(
    Path run,
    String device,
    String dataset,
    long parameters,
    long activeParameters,
    long firstStep,
    long maxSteps) {}
