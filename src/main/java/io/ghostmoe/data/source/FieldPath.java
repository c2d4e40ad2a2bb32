package io.ghostmoe.data.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The way to a value inside a record: {@code a.b[0].c}. Elements of lists count from 0, from the
 * end with {@code [-1]}. A field that really has that name, dots and brackets included, comes
 * first, and a text that is no such way is only the name of a field.
 */
final class FieldPath {
  private static final Pattern PATH =
      Pattern.compile("[^.\\[\\]]+(\\[-?\\d{1,9}])*(\\.[^.\\[\\]]+(\\[-?\\d{1,9}])*)*");
  private static final Pattern STEP = Pattern.compile("[^.\\[\\]]+|\\[(-?\\d+)]");

  private final String text;

  /** Names as strings, positions as integers; empty where the text is no path. */
  private final List<Object> steps;

  FieldPath(String text) {
    this.text = text;
    steps = PATH.matcher(text).matches() ? steps(text) : List.of();
  }

  private static List<Object> steps(String text) {
    List<Object> steps = new ArrayList<>();
    Matcher step = STEP.matcher(text);
    while (step.find()) {
      steps.add(step.group(1) == null ? step.group() : Integer.valueOf(step.group(1)));
    }
    return steps;
  }

  /** The field of the record that the way begins with. */
  String root() {
    return steps.isEmpty() ? text : (String) steps.getFirst();
  }

  /** Whether a field of the record is on the way. */
  boolean isOn(String field) {
    return field.equals(text) || field.equals(root());
  }

  /** What stands at its end; null where it ends before. */
  @Nullable FieldValue find(Map<String, FieldValue> record) {
    FieldValue value = record.get(text);
    if (value != null) {
      return value;
    }
    value = record.get(root());
    for (int i = 1; i < steps.size() && value != null; i++) {
      value = follow(value, steps.get(i));
    }
    return value;
  }

  private static @Nullable FieldValue follow(FieldValue value, Object step) {
    if (value instanceof FieldValue.Members object && step instanceof String name) {
      return object.members().get(name);
    }
    if (value instanceof FieldValue.Items list && step instanceof Integer index) {
      int at = index < 0 ? list.items().size() + index : index;
      return at >= 0 && at < list.items().size() ? list.items().get(at) : null;
    }
    return null;
  }

  @Override
  public String toString() {
    return text;
  }
}
