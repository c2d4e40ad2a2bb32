package io.ghostmoe.data.hub;

import java.util.List;
import java.util.Map;

/**
 * One configuration of a dataset.
 *
 * @param name of it
 * @param splits the files of each split, by its name
 */
record DatasetConfig(String name, Map<String, List<RepoFile>> splits) {
  /** The name of what a dataset without configurations has. */
  static final String DEFAULT = "default";

  List<RepoFile> files(String split) {
    return splits.getOrDefault(split, List.of());
  }
}
