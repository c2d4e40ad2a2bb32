package io.ghostmoe.data.cache;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as maps, lists, texts, integers and booleans. Binding it to classes by reflection would take
 * half of the time in which a cached dataset is opened.
 */
final class PlainJson {
  private PlainJson() {}

  /** The object that a file holds. */
  static Members read(byte[] json) {
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new StreamReadException("no object");
      }
      Members members = new Members(members(parser));
      if (parser.nextToken() != null) {
        throw new StreamReadException("something follows the object");
      }
      return members;
    }
  }

  /** An object whose members are of the kinds that its reader asks for. */
  record Members(Map<String, Object> values) {
    String text(String name) {
      return get(name, String.class);
    }

    long integer(String name) {
      return get(name, Long.class);
    }

    int count(String name) {
      long value = integer(name);
      if (value != (int) value) {
        throw new StreamReadException(name + " is " + value);
      }
      return (int) value;
    }

    Members members(String name) {
      return get(name, Members.class);
    }

    /** A list of one kind. */
    <T> List<T> list(String name, Class<T> kind) {
      List<?> items = get(name, List.class);
      return items.stream().map(item -> as(name, item, kind)).toList();
    }

    private <T> T get(String name, Class<T> kind) {
      return as(name, values.get(name), kind);
    }
  }

  private static <T> T as(String name, @Nullable Object value, Class<T> kind) {
    if (!kind.isInstance(value)) {
      throw new StreamReadException("%s is no %s".formatted(name, kind.getSimpleName()));
    }
    return kind.cast(value);
  }

  private static Map<String, Object> members(JsonParser parser) {
    Map<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      members.put(name, value(parser, parser.nextToken()));
    }
    return members;
  }

  private static Object value(JsonParser parser, JsonToken token) {
    return switch (token) {
      case START_OBJECT -> new Members(members(parser));
      case START_ARRAY -> {
        List<Object> items = new ArrayList<>();
        for (JsonToken item = parser.nextToken();
            item != JsonToken.END_ARRAY;
            item = parser.nextToken()) {
          items.add(value(parser, item));
        }
        yield items;
      }
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT -> parser.getLongValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw new StreamReadException("a value of no use");
    };
  }

  /** Maps, lists, and what prints as a number or a text, indented. */
  static String write(Map<String, ?> members) {
    StringBuilder json = new StringBuilder();
    write(members, "\n", json);
    return json.append('\n').toString();
  }

  private static void write(Object value, String newLine, StringBuilder json) {
    String inner = newLine + "  ";
    switch (value) {
      case Map<?, ?> map -> {
        json.append('{');
        String before = inner;
        for (Map.Entry<?, ?> member : map.entrySet()) {
          json.append(before);
          quote(String.valueOf(member.getKey()), json);
          json.append(" : ");
          write(member.getValue(), inner, json);
          before = "," + inner;
        }
        json.append(map.isEmpty() ? " }" : newLine + "}");
      }
      case List<?> list -> {
        json.append('[');
        String before = " ";
        for (Object item : list) {
          json.append(before);
          write(item, inner, json);
          before = ", ";
        }
        json.append(" ]");
      }
      case Number number -> json.append(number);
      case Boolean truth -> json.append(truth);
      default -> quote(String.valueOf(value), json);
    }
  }

  private static void quote(String text, StringBuilder json) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || Character.isSurrogate(c)) { // half a character would not survive as UTF-8
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c == '"' || c == '\\' ? "\\" : "").append(c);
      }
    }
    json.append('"');
  }
}
