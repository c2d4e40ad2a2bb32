package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what a source held: documents, records that cannot be used, fields that were dropped. */
public final class RecordReport {
  private static final int PLACES = 5;
  private static final int NAMES = 64;
  private static final String OTHERS = "(others)";

  private final Path file;
  private int documents;
  private long characters;
  private int bad;
  private int read;
  private final Map<String, List<String>> badLines = new LinkedHashMap<>();
  private final Map<String, Integer> dropped = new TreeMap<>();

  /** An empty report about a file. */
  RecordReport(Path file) {
    this.file = file;
  }

  void used(RecordRules.Used used) {
    read++;
    documents = Math.addExact(documents, 1);
    characters += used.document().text().length();
    for (String name : used.dropped()) {
      // records with free field names must not fill the memory
      boolean known = dropped.containsKey(name) || dropped.size() < NAMES;
      dropped.merge(known ? name : OTHERS, 1, Integer::sum);
    }
  }

  /** A record that could be read, of which nothing can be used. */
  void unusable(int line, String why) {
    read++;
    broken(line, why);
  }

  /** A record that cannot even be read. */
  void broken(int line, String why) {
    if (bad++ < PLACES) {
      badLines.computeIfAbsent(why, _ -> new ArrayList<>()).add(String.valueOf(line));
    }
  }

  /** {@return the number of records that became documents} */
  public int documents() {
    return documents;
  }

  /** {@return the characters of all documents, in UTF-16 units} */
  public long characters() {
    return characters;
  }

  /** {@return the number of records that cannot be used} */
  public int bad() {
    return bad;
  }

  /** {@return file, line and reason of the first bad records, in one line} */
  public String badPlaces() {
    return file + ": " + reasons();
  }

  private String reasons() {
    List<String> reasons = new ArrayList<>();
    badLines.forEach(
        (why, lines) ->
            reasons.add(
                "%s %s: %s"
                    .formatted(
                        lines.size() == 1 ? "line" : "lines", String.join(", ", lines), why)));
    if (bad > PLACES) {
      reasons.add("and %,d more".formatted(bad - PLACES));
    }
    return String.join("; ", reasons);
  }

  /**
   * {@return the names of the dropped fields with the number of records that had them; names past
   * the first 64 count together as {@code (others)}}
   */
  public Map<String, Integer> dropped() {
    return dropped;
  }

  /**
   * Checks that there is something to use.
   *
   * @throws UserException if the file holds no usable record
   */
  public void requireDocuments() {
    if (documents > 0) {
      return;
    }
    if (bad == 0) {
      throw UserException.input(file + " holds no record: is it the right file?");
    }
    throw UserException.input(
        "%s holds no usable record (%s): %s"
            .formatted(
                file,
                reasons(),
                read == 0
                    ? "is it the right file?"
                    : "name the fields with --question-field and --answer-field, or"
                        + " --text-field."));
  }
}
