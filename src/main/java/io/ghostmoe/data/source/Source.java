package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Something that holds records in a fixed order and can be read more than once. This is the one way
 * from a file to its records, wherever the file came from.
 */
public sealed interface Source permits CharacterSource, ParquetSource {
  /** The endings that name a kind of file, for messages and help texts. */
  String KINDS = ".json, .jsonl, .csv, .tsv, .txt (also .gz or .zst) or .parquet";

  /** {@return the file that is read} */
  Path file();

  /** {@return what {@link SourceRecord#place()} counts, {@code line} or {@code row}} */
  String unit();

  /**
   * Hands every record to {@code sink}, in order.
   *
   * @param wanted tells by its name whether a field's value is needed; of others the name is
   * @param sink takes the records; what it throws ends the reading
   * @throws IOException if the file cannot be read
   * @throws UserException if the rest of the file cannot be told into records
   */
  void read(Predicate<String> wanted, RecordSink sink) throws IOException;

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
     * @param place where it stands, from 1
     * @param why in a few words
     */
    void broken(int place, String why);
  }

  /**
   * {@return the source for a file, chosen by the end of its name}
   *
   * @param path of a file of one of the {@link #KINDS}; a link is judged by its own name
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
    SourceFile file = new SourceFile(path, SourceFile.Compression.of(name));
    String unpacked = file.compression().without(name);
    String ending = unpacked.substring(unpacked.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    boolean packed = file.compression() != SourceFile.Compression.NONE;
    return switch (packed && ending.equals("parquet") ? "" : ending) {
      case "json" -> new JsonSource(file);
      case "jsonl", "ndjson" -> new JsonLinesSource(file);
      case "csv" -> new CsvSource(file, ',');
      case "tsv" -> new CsvSource(file, '\t');
      case "txt" -> new TextSource(file);
      case "parquet" -> new ParquetSource(path);
      default ->
          throw UserException.input(
              "%s: files are read by their ending, %s; rename or convert it."
                  .formatted(path, KINDS));
    };
  }

  /**
   * {@return whether a file of this name would be read, as far as its ending tells}
   *
   * @param name of a file, with or without folders
   */
  static boolean isKnown(String name) {
    String unpacked = SourceFile.Compression.of(name).without(name).toLowerCase(Locale.ROOT);
    return unpacked.matches(".*\\.(json|jsonl|ndjson|csv|tsv|txt)")
        || name.toLowerCase(Locale.ROOT).endsWith(".parquet");
  }

  /**
   * {@return a file's name without the endings that say how it is read}
   *
   * @param name of a file of a known kind, without folders
   */
  static String stem(String name) {
    String unpacked = SourceFile.Compression.of(name).without(name);
    int dot = unpacked.lastIndexOf('.');
    return dot < 0 ? unpacked : unpacked.substring(0, dot);
  }
}
