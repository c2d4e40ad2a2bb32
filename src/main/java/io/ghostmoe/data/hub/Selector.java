package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.source.Source;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Chooses what to train and to evaluate on among a repository's files. */
final class Selector {
  private static final int MOST_NAMES = 12;

  private final HubDataset dataset;

  Selector(HubDataset dataset) {
    this.dataset = dataset;
  }

  /**
   * The files of the configuration that was asked for, or is the default.
   *
   * @param card of the dataset, which may list its configurations
   * @return empty where no file of it can be read
   * @throws UserException where a choice is needed, or there is no such file or training split
   */
  Optional<Selection> select(JsonNode card, List<RepoFile> files) {
    if (!dataset.path().isEmpty()) {
      return Optional.of(ofPath(files));
    }
    List<DatasetConfig> configs = configs(card, files);
    return config(configs, CardConfigs.defaultOf(card)).map(this::selection);
  }

  /** The configurations whose files can be read. */
  private static List<DatasetConfig> configs(JsonNode card, List<RepoFile> files) {
    List<DatasetConfig> listed = CardConfigs.of(card, files);
    return listed.isEmpty() ? FolderConfigs.of(files) : listed;
  }

  /** The names of those configurations. */
  static List<String> names(JsonNode card, List<RepoFile> files) {
    return configs(card, files).stream().map(DatasetConfig::name).toList();
  }

  private Optional<DatasetConfig> config(List<DatasetConfig> configs, String cardDefault) {
    String asked = dataset.config();
    if (asked != null) {
      return named(configs, asked);
    }
    Optional<DatasetConfig> chosen =
        named(configs, cardDefault).or(() -> named(configs, DatasetConfig.DEFAULT));
    if (chosen.isEmpty() && configs.size() > 1) {
      throw choose(configs.stream().map(DatasetConfig::name).toList());
    }
    return chosen.or(() -> configs.stream().findFirst());
  }

  private static Optional<DatasetConfig> named(List<DatasetConfig> configs, String name) {
    return configs.stream().filter(config -> config.name().equals(name)).findFirst();
  }

  /** What is said where a choice is needed. */
  UserException choose(Collection<String> names) {
    return UserException.input(
        "%s has %,d configurations and no default: pass --dataset-config with one of %s."
            .formatted(dataset.repository(), names.size(), few(names)));
  }

  /** What is said where there is no configuration of the name that was typed. */
  UserException missing(Collection<String> names) {
    String asked = "--dataset-config " + dataset.config();
    return UserException.input(
        names.isEmpty()
            ? "%s: %s holds no file of that configuration that can be read (%s)."
                .formatted(asked, dataset.repository(), Source.KINDS)
            : "%s: %s has no such configuration: there are %s."
                .formatted(asked, dataset.repository(), few(names)));
  }

  /** What is said where nothing in the repository can be read. */
  UserException unreadable() {
    return UserException.input(
        "%s at %s holds no file that can be read (%s), and the Hub has converted none: choose another dataset."
            .formatted(dataset.repository(), dataset.revision(), Source.KINDS));
  }

  private static String few(Collection<String> names) {
    List<String> shown = names.stream().limit(MOST_NAMES).map(RepoPath::shown).toList();
    int more = names.size() - shown.size();
    return String.join(", ", shown) + (more > 0 ? " and %,d more".formatted(more) : "");
  }

  private Selection selection(DatasetConfig config) {
    List<RepoFile> train = config.files(SplitNames.TRAIN);
    if (train.isEmpty()) {
      SortedSet<String> splits = new TreeSet<>(config.splits().keySet());
      throw UserException.input(
          "%s has no training split (configuration %s has %s): name the files with --dataset hf://datasets/%s/PATH."
              .formatted(
                  dataset.repository(),
                  RepoPath.shown(config.name()),
                  few(splits),
                  dataset.repository()));
    }
    String evalSplit =
        SplitNames.EVALUATION.stream()
            .filter(split -> !config.files(split).isEmpty())
            .findFirst()
            .orElse("");
    return new Selection(config.name(), train, config.files(evalSplit), evalSplit);
  }

  /** A file, a pattern, or a folder with splits of its own. */
  private Selection ofPath(List<RepoFile> files) {
    Glob glob = new Glob(dataset.path());
    List<RepoFile> meant =
        files.stream()
            .filter(file -> DataFiles.isData(file.path()) && RepoPath.isSafe(file.path()))
            .filter(file -> glob.matches(file.path()))
            .toList();
    if (meant.isEmpty()) {
      throw UserException.input(
          "%s at %s has nothing at %s that can be read (%s): check the path at its page."
              .formatted(dataset.repository(), dataset.revision(), dataset.path(), Source.KINDS));
    }
    Map<String, List<RepoFile>> splits = FolderConfigs.splits(meant);
    boolean hasSplits = !Glob.isPattern(dataset.path()) && splits.containsKey(SplitNames.TRAIN);
    return selection(
        new DatasetConfig(
            dataset.path(),
            hasSplits ? splits : Map.of(SplitNames.TRAIN, DataFiles.ofOneKind(meant))));
  }
}
