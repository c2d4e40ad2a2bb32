package io.ghostmoe.cli;

import java.nio.file.Path;

/**
 * What a preparation left in the cache.
 *
 * @param name of the data
 * @param folder of the entry
 * @param cacheHit whether it was there already
 * @param trainSamples documents to train on
 * @param evalSamples documents to evaluate on
 * @param tokens of both
 * @param bytes of all its files
 * @param seconds that it took
 */
public record PrepareOutcome(
    String name,
    Path folder,
    boolean cacheHit,
    long trainSamples,
    long evalSamples,
    long tokens,
    long bytes,
    double seconds) {}
