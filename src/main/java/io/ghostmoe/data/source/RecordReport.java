package io.ghostmoe.data.source;

import io.ghostmoe.base.Unicode;
import io.ghostmoe.base.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Counts what a source held: documents, records that cannot be used, fields that were dropped. */
public final class RecordReport {
  private static final int PLACES = 5;
  private static final int NAMES = 64;
  private static final String OTHERS = "(others)";

  private final List<Source> sources;
  private Source current;
  private int documents;
  private long textBytes;
  private int bad;
  private int read;
  private final Map<Place, List<String>> badPlaces = new LinkedHashMap<>();
  private final Map<String, Integer> dropped = new TreeMap<>();

  /** What is wrong in a source; the places of one such are said together. */
  private record Place(Source source, String why) {}

  /** An empty report about at least one source. */
  RecordReport(List<Source> sources) {
    this.sources = sources;
    current = sources.getFirst();
  }

  /** What comes now is of that source. */
  void begin(Source source) {
    current = source;
  }

  void used(RecordRules.Used used) {
    read++;
    documents = Math.addExact(documents, 1);
    textBytes += Unicode.utf8Length(used.document().text());
    for (String name : used.dropped()) {
      // records with free field names must not fill the memory
      boolean known = dropped.containsKey(name) || dropped.size() < NAMES;
      dropped.merge(known ? name : OTHERS, 1, Integer::sum);
    }
  }

  /** A record that could be read, of which nothing can be used. */
  void unusable(int place, String why) {
    read++;
    broken(place, why);
  }

  /** A record that cannot even be read. */
  void broken(int place, String why) {
    if (bad++ < PLACES) {
      badPlaces
          .computeIfAbsent(new Place(current, why), _ -> new ArrayList<>())
          .add(String.valueOf(place));
    }
  }

  /** {@return the number of records that became documents} */
  public int documents() {
    return documents;
  }

  /** {@return the UTF-8 bytes of all documents} */
  public long textBytes() {
    return textBytes;
  }

  /** {@return the number of records that cannot be used} */
  public int bad() {
    return bad;
  }

  /** {@return file, line or row, and reason of the first bad records, in one line} */
  public String badPlaces() {
    return badPlaces(null);
  }

  /** The same, where the sentence has named a source already, which is not named again. */
  private String badPlaces(@Nullable Source named) {
    List<String> reasons = new ArrayList<>();
    for (Map.Entry<Place, List<String>> places : badPlaces.entrySet()) {
      Source source = places.getKey().source();
      String file = source.equals(named) ? "" : source.file() + ": ";
      reasons.add(file + reason(places.getKey(), places.getValue()));
      named = source;
    }
    return String.join("; ", reasons) + more();
  }

  private static String reason(Place place, List<String> numbers) {
    return "%s%s %s: %s"
        .formatted(
            place.source().unit(),
            numbers.size() == 1 ? "" : "s",
            String.join(", ", numbers),
            place.why());
  }

  private String more() {
    return bad > PLACES ? "; and %,d more".formatted(bad - PLACES) : "";
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
    String file =
        sources.size() == 1
            ? sources.getFirst().file().toString()
            : "%s and %,d more files".formatted(sources.getFirst().file(), sources.size() - 1);
    if (bad == 0) {
      throw UserException.input(file + " holds no record: is it the right file?");
    }
    throw UserException.input(
        "%s holds no usable record (%s): %s"
            .formatted(
                file,
                badPlaces(sources.size() == 1 ? current : null),
                read == 0
                    ? "is it the right file?"
                    : "name the fields with --question-field and --answer-field, or"
                        + " --text-field."));
  }
}
