package io.ghostmoe.data.hub;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What files are called after their splits, as datasets without a card do it. */
final class SplitNames {
  static final String TRAIN = "train";

  /** Where evaluation comes from, the best first. */
  static final List<String> EVALUATION = List.of("validation", "test", "dev");

  private static final String PARTIAL = "partial-";
  private static final Pattern SHARD = Pattern.compile("(.+)-(\\d{5,})-of-(\\d{5,}).*");
  private static final Map<String, String> WORDS =
      Map.of(
          "train", TRAIN,
          "training", TRAIN,
          "validation", "validation",
          "valid", "validation",
          "val", "validation",
          "test", "test",
          "testing", "test",
          "eval", "test",
          "evaluation", "test",
          "dev", "dev");

  private SplitNames() {}

  /** The split by any of its names. */
  static String canonical(String name) {
    return WORDS.getOrDefault(name.toLowerCase(Locale.ROOT), name);
  }

  /** The split of a file, by its own name, else by that of a folder; empty where none says it. */
  static Optional<String> of(String path) {
    String stem = DataFiles.stem(path);
    Matcher shard = SHARD.matcher(stem);
    if (shard.matches()) {
      String before = shard.group(1);
      return Optional.of(canonical(before.substring(before.lastIndexOf('-') + 1)));
    }
    return word(stem).or(() -> folder(path));
  }

  private static Optional<String> word(String stem) {
    return Arrays.stream(stem.toLowerCase(Locale.ROOT).split("[^a-z]+", -1))
        .filter(WORDS::containsKey)
        .map(SplitNames::canonical)
        .findFirst();
  }

  private static Optional<String> folder(String path) {
    String[] names = path.split("/", -1);
    for (int i = names.length - 2; i >= 0; i--) {
      Optional<String> split = ofFolder(names[i]);
      if (split.isPresent()) {
        return split;
      }
    }
    return Optional.empty();
  }

  /** The split that a folder holds, if it is called after one. */
  static Optional<String> ofFolder(String name) {
    String whole = name.startsWith(PARTIAL) ? name.substring(PARTIAL.length()) : name;
    return WORDS.containsKey(whole) ? Optional.of(canonical(whole)) : Optional.empty();
  }

  /** The shards' common name and number, where a file is one of several. */
  static Optional<Shard> shard(String path) {
    Matcher shard = SHARD.matcher(DataFiles.stem(path));
    if (!shard.matches() || shard.group(3).length() > 9) {
      return Optional.empty();
    }
    String folder = path.substring(0, path.lastIndexOf('/') + 1);
    return Optional.of(new Shard(folder + shard.group(1), Integer.parseInt(shard.group(3))));
  }

  /**
   * A file of several.
   *
   * @param name that they share
   * @param count how many there are
   */
  record Shard(String name, int count) {}
}
