package io.ghostmoe.data.hub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The configurations of a dataset whose card names none, by where its files lie: {@code
 * {config}/{split}-*} and {@code {config}/{split}/*}; what lies in no folder, or in {@code data/},
 * is the default. Files that no split is told by are training data, where no file tells one.
 */
final class FolderConfigs {
  private static final String DATA = "data/";

  private FolderConfigs() {}

  static List<DatasetConfig> of(List<RepoFile> files) {
    Map<String, List<RepoFile>> folders = new TreeMap<>();
    for (RepoFile file : files) {
      if (DataFiles.isData(file.path()) && RepoPath.isSafe(file.path()) && !isHidden(file.path())) {
        folders.computeIfAbsent(config(file.path()), _ -> new ArrayList<>()).add(file);
      }
    }
    List<DatasetConfig> configs = new ArrayList<>();
    folders.forEach((name, members) -> configs.add(new DatasetConfig(name, splits(members))));
    return configs;
  }

  private static boolean isHidden(String path) {
    return path.startsWith(".") || path.contains("/.");
  }

  private static String config(String path) {
    String folder = path.substring(0, path.lastIndexOf('/') + 1);
    String inData = folder.startsWith(DATA) ? folder.substring(DATA.length()) : folder;
    String[] names = inData.isEmpty() ? new String[0] : inData.split("/");
    int length = names.length;
    if (length > 0 && SplitNames.ofFolder(names[length - 1]).isPresent()) {
      length--;
    }
    return length == 0
        ? DatasetConfig.DEFAULT
        : String.join("/", List.of(names).subList(0, length));
  }

  /** The splits of files that belong together. */
  static Map<String, List<RepoFile>> splits(List<RepoFile> files) {
    Map<String, List<RepoFile>> splits = new LinkedHashMap<>();
    for (RepoFile file : files) {
      Optional<String> split = SplitNames.of(file.path());
      split.ifPresent(name -> splits.computeIfAbsent(name, _ -> new ArrayList<>()).add(file));
    }
    if (splits.isEmpty()) {
      splits.put(SplitNames.TRAIN, files);
    }
    splits.replaceAll((_, members) -> DataFiles.ofOneKind(members));
    return splits;
  }
}
