package io.ghostmoe.cli;

import java.time.Instant;
import java.util.Optional;

/**
 * A line of {@code datasets list}.
 *
 * @param label name and beginning of the fingerprint, as the other commands take them
 * @param name of the data
 * @param fingerprint tells entries of one name apart
 * @param status valid, invalid, incomplete or error
 * @param detail what is wrong; empty for a valid entry
 * @param trainSamples documents to train on
 * @param evalSamples documents to evaluate on
 * @param tokens of both
 * @param bytes of all its files
 * @param created when it was built, where that is known
 */
public record DatasetRow(
    String label,
    String name,
    String fingerprint,
    String status,
    String detail,
    long trainSamples,
    long evalSamples,
    long tokens,
    long bytes,
    Optional<Instant> created) {}
