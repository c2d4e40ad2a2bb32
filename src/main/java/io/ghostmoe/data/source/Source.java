package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Something that holds records in a fixed order and can be read more than once. */
public sealed interface Source permits JsonSource, JsonLinesSource, TextSource {
  /** {@return the file that is read} */
  Path file();

  /**
   * Hands every record to {@code sink}, in order.
   *
   * @param sink takes the records; what it throws ends the reading
   * @throws IOException if the file cannot be read
   * @throws UserException if the rest of the file cannot be told into records
   */
  void read(RecordSink sink) throws IOException;

  /** Takes what is read. */
  interface RecordSink {
    /**
     * Takes the next record.
     *
     * @param record as it stands in the file
     */
    void record(SourceRecord record);

    /**
     * Takes note of a record that is none.
     *
     * @param line where it stands, from 1
     * @param why in a few words
     */
    void broken(int line, String why);
  }

  /**
   * {@return the source for a file, chosen by the end of its name}
   *
   * @param path of a {@code .json}, {@code .jsonl} or {@code .txt} file
   * @throws UserException if the file does not exist, may not be read or is of no known kind
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
