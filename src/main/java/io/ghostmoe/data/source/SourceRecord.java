package io.ghostmoe.data.source;

import java.util.Map;

/** One record as it stands in a source. */
public sealed interface SourceRecord {
  /** {@return the line of the file where the record begins, from 1} */
  int line();

  /**
   * A record with named fields.
   *
   * @param line where it begins
   * @param fields in the order of the file
   */
  record Fields(int line, Map<String, FieldValue> fields) implements SourceRecord {}

  /**
   * A piece of a plain text.
   *
   * @param line where it begins
   * @param text the piece, with its line ends
   */
  record Text(int line, String text) implements SourceRecord {}

  /**
   * The value of a field.
   *
   * @param kind what stands in the file
   * @param text a string's content, a number or boolean as written; empty for the other kinds
   */
  record FieldValue(Kind kind, String text) {
    /** What a field can hold. */
    public enum Kind {
      /** A string. */
      STRING,
      /** A number or a boolean. */
      SCALAR,
      /** Nothing. */
      NULL,
      /** A list or an object. */
      NESTED
    }
  }
}
