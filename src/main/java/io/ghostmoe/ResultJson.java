package io.ghostmoe;

import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A command's result as one JSON object. */
public final class ResultJson {
  private ResultJson() {}

  /**
   * The object, in the order of the map, ending with an end of line.
   *
   * @param values texts, numbers, truth values, null, and lists and maps of these
   */
  public static String write(Map<String, ?> values) {
    return JsonMapper.shared().writer(SerializationFeature.INDENT_OUTPUT).writeValueAsString(values)
        + "\n";
  }

  /** The same on one line, for results that come one after another (JSON Lines). */
  public static String line(Map<String, ?> values) {
    return JsonMapper.shared().writeValueAsString(values) + "\n";
  }
}
