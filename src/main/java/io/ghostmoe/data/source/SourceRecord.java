package io.ghostmoe.data.source;

import java.util.Map;

/** One record as it stands in a source. */
public sealed interface SourceRecord {
  /** {@return where it begins: a line or a row, as {@link Source#unit()} says, from 1} */
  int place();

  /**
   * A record with named fields.
   *
   * @param place where it begins
   * @param fields in the order of the file
   */
  record Fields(int place, Map<String, FieldValue> fields) implements SourceRecord {}

  /**
   * A piece of a plain text.
   *
   * @param place where it begins
   * @param text the piece, with its line ends
   */
  record Text(int place, String text) implements SourceRecord {}
}
