package io.ghostmoe;

import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** A command's result as one JSON object. */
public final class ResultJson {
  private ResultJson() {}

  /**
   * {@return the object over several lines, in the order of the map, the last of them ended}
   *
   * @param values texts, numbers, truth values, null, and lists and maps of these
   */
  public static String write(Map<String, ?> values) {
    return JsonMapper.shared().writer(SerializationFeature.INDENT_OUTPUT).writeValueAsString(values)
        + "\n";
  }

  /**
   * {@return the object on one line, which is ended, for results that come one after another (JSON
   * Lines)}
   *
   * @param values as for {@link #write}
   */
  public static String line(Map<String, ?> values) {
    return JsonMapper.shared().writeValueAsString(values) + "\n";
  }
}
