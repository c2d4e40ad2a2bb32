package io.ghostmoe.data.hub;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Which files of a repository hold records, by the end of their names. */
final class DataFiles {
  /** The kinds that are read, the best first: of a split that is there in several, that one is. */
  private static final List<String> KINDS = List.of("parquet", "jsonl", "json", "txt");

  private DataFiles() {}

  /** Whether a file holds records. */
  static boolean isData(String path) {
    return kind(path).isPresent();
  }

  /** The kind of a file that holds records, such as {@code jsonl}. */
  static Optional<String> kind(String path) {
    String name = path.toLowerCase(Locale.ROOT);
    return KINDS.stream().filter(kind -> name.endsWith("." + kind)).findFirst();
  }

  /** All kinds, for people. */
  static String kinds() {
    return "." + String.join(", .", KINDS);
  }

  /** A file's name without its folders and its kind. */
  static String stem(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return kind(name).map(k -> name.substring(0, name.length() - k.length() - 1)).orElse(name);
  }

  /** Those of the best kind that is there, each once, in the order of their names. */
  static List<RepoFile> ofOneKind(List<RepoFile> files) {
    for (String kind : KINDS) {
      List<RepoFile> found =
          files.stream()
              .filter(file -> kind(file.path()).filter(kind::equals).isPresent())
              .distinct()
              .sorted(Comparator.comparing(RepoFile::path))
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }
}
