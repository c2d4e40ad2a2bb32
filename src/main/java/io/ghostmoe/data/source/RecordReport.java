package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private final List<String> badPlaces = new ArrayList<>();
  private final Map<String, Integer> dropped = new TreeMap<>();

  /** An empty report about a file. */
  RecordReport(Path file) {
    this.file = file;
  }

  void used(RecordRules.Used used) {
    documents = Math.addExact(documents, 1);
    characters += used.document().text().length();
    for (String name : used.dropped()) {
      // records with free field names must not fill the memory
      boolean known = dropped.containsKey(name) || dropped.size() < NAMES;
      dropped.merge(known ? name : OTHERS, 1, Integer::sum);
    }
  }

  void bad(int line, String why) {
    bad++;
    if (badPlaces.size() < PLACES) {
      badPlaces.add("line " + line + ": " + why);
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
    String more = bad > badPlaces.size() ? "; and " + (bad - badPlaces.size()) + " more" : "";
    return file + ": " + String.join("; ", badPlaces) + more;
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
    if (documents == 0) {
      throw UserException.input(
          bad == 0
              ? file + " holds no record: is it the right file?"
              : "%s holds no usable record (%s); check the field names (--question-field, --answer-field, --text-field)."
                  .formatted(file, String.join("; ", badPlaces)));
    }
  }
}
