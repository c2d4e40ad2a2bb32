package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Something that holds records in a fixed order and can be read more than once. */
public sealed interface Source permits JsonSource, JsonLinesSource, TextSource {
  /** The file that is read. */
  Path file();

  /**
   * Hands every record to {@code sink}, in order.
   *
   * @throws IOException if the file cannot be read
   * @throws UserException if the rest of the file cannot be told into records
   */
  void read(RecordSink sink) throws IOException;

  /** Takes what is read. */
  interface RecordSink {
    /** The next record. */
    void record(SourceRecord record);

    /** A record that is none, with the line where it stands. */
    void broken(int line, String why);
  }

  /**
   * The source for a file, chosen by the end of its name.
   *
   * @throws UserException if the file does not exist or is of no known kind
   */
  static Source of(Path path) {
    if (!Files.exists(path)) {
      throw UserException.input("%s: no such file; check the path.".formatted(path));
    }
    if (!Files.isRegularFile(path)) {
      throw UserException.input("%s is not a file: name one in it.".formatted(path));
    }
    if (!Files.isReadable(path)) {
      throw UserException.environment("%s: no permission to read it.".formatted(path));
    }
    String name = String.valueOf(path.getFileName());
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return switch (ending) {
      case "json" -> new JsonSource(path);
      case "jsonl" -> new JsonLinesSource(path);
      case "txt" -> new TextSource(path);
      default ->
          throw UserException.input(
              "%s: files are read by their ending, .json, .jsonl or .txt; rename or convert it."
                  .formatted(path));
    };
  }
}
