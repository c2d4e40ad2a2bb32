package io.ghostmoe.data.hub;

import io.ghostmoe.data.source.Source;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Which files of a repository hold records, by the end of their names. */
final class DataFiles {
  /** The kinds, the best first: of a split that is there in several, that one is taken. */
  private static final List<String> KINDS =
      Stream.concat(
              Stream.of("parquet"),
              Stream.of("jsonl", "ndjson", "json", "csv", "tsv", "txt")
                  .flatMap(kind -> Stream.of(kind, kind + ".zst", kind + ".gz")))
          .toList();

  private DataFiles() {}

  /** Whether a file holds records. */
  static boolean isData(String path) {
    return Source.isKnown(path);
  }

  /** The kind of a file that holds records, such as {@code jsonl.gz}. */
  private static Optional<String> kind(String path) {
    String name = path.toLowerCase(Locale.ROOT);
    return KINDS.stream().filter(kind -> name.endsWith("." + kind)).findFirst();
  }

  /** A file's name without its folders and its kind. */
  static String stem(String path) {
    return Source.stem(path.substring(path.lastIndexOf('/') + 1));
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
