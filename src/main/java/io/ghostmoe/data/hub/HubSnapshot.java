package io.ghostmoe.data.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Files of a dataset on this disk.
 *
 * @param repository as it was asked for
 * @param commit that they belong to
 * @param config whose they are
 * @param train to train on, in their order
 * @param eval to evaluate on; empty where the dataset has no split for it
 * @param evalSplit the name of that split; empty likewise
 */
public record HubSnapshot(
    String repository,
    String commit,
    String config,
    List<File> train,
    List<File> eval,
    String evalSplit) {
  /** Copies the lists. */
  public HubSnapshot {
    train = List.copyOf(train);
    eval = List.copyOf(eval);
  }

  /**
   * One file.
   *
   * @param path in the repository
   * @param file where it lies here
   * @param sha256 of its content, where the Hub names it
   * @param verified whether its content was held against that just now, on its way here
   */
  public record File(String path, Path file, Optional<String> sha256, boolean verified) {}
}
