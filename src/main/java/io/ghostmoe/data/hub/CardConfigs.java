package io.ghostmoe.data.hub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The configurations that a dataset's card lists.
 *
 * <p>Source: the Hub's "manual configuration": {@code configs} is a list of objects with {@code
 * config_name}, {@code default} and {@code data_files}, and those are a pattern, a list of
 * patterns, or a list of objects with {@code split} and {@code path}.
 */
final class CardConfigs {
  private static final int MOST = 10_000;

  private CardConfigs() {}

  /** What the card lists; nothing where it lists nothing that can be found among the files. */
  static List<DatasetConfig> of(JsonNode card, List<RepoFile> files) {
    List<RepoFile> data =
        files.stream()
            .filter(file -> DataFiles.isData(file.path()) && RepoPath.isSafe(file.path()))
            .toList();
    List<DatasetConfig> configs = new ArrayList<>();
    for (JsonNode config : card.path("configs")) {
      Map<String, List<RepoFile>> splits = new LinkedHashMap<>();
      addAll(config.path("data_files"), data, splits);
      splits.replaceAll((_, members) -> DataFiles.ofOneKind(members));
      splits.values().removeIf(List::isEmpty);
      String name = config.path("config_name").asString(DatasetConfig.DEFAULT);
      if (!splits.isEmpty() && configs.size() < MOST) {
        configs.add(new DatasetConfig(name, splits));
      }
    }
    return configs;
  }

  /** The name of the configuration that the card makes the default; empty where it makes none. */
  static String defaultOf(JsonNode card) {
    for (JsonNode config : card.path("configs")) {
      if (config.path("default").asBoolean(false)) {
        return config.path("config_name").asString("");
      }
    }
    return "";
  }

  private static void addAll(
      JsonNode dataFiles, List<RepoFile> data, Map<String, List<RepoFile>> splits) {
    if (dataFiles.isArray()) {
      dataFiles.forEach(entry -> addAll(entry, data, splits));
    } else if (dataFiles.isObject()) {
      String split = dataFiles.path("split").asString(SplitNames.TRAIN);
      add(SplitNames.canonical(split), dataFiles.path("path"), data, splits);
    } else {
      add(SplitNames.TRAIN, dataFiles, data, splits);
    }
  }

  private static void add(
      String split, JsonNode path, List<RepoFile> data, Map<String, List<RepoFile>> splits) {
    if (path.isArray()) {
      path.forEach(each -> add(split, each, data, splits));
    } else if (path.isString()) {
      Glob glob = new Glob(path.asString().replaceFirst("^\\./", ""));
      List<RepoFile> members = splits.computeIfAbsent(split, _ -> new ArrayList<>());
      data.stream().filter(file -> glob.matches(file.path())).forEach(members::add);
    }
  }
}
