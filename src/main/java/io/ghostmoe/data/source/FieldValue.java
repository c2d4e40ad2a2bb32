package io.ghostmoe.data.source;

import java.util.List;
import java.util.Map;

/** What stands in a field of a record. */
public sealed interface FieldValue {
  /** {@return the text of a {@link Text}; empty for everything else} */
  default String text() {
    return "";
  }

  /**
   * A text, or a number or boolean as it is written in the file.
   *
   * @param text possibly empty
   */
  record Text(String text) implements FieldValue {}

  /** Nothing: a null, or a cell that was never filled. */
  record Nothing() implements FieldValue {}

  /**
   * A list.
   *
   * @param items in the order of the file
   */
  record Items(List<FieldValue> items) implements FieldValue {}

  /**
   * An object of its own.
   *
   * @param members its fields, in the order of the file
   */
  record Members(Map<String, FieldValue> members) implements FieldValue {}

  /** Something that nobody asked for, so that it was passed over. */
  record Unread() implements FieldValue {}
}
