package io.ghostmoe.data.source;

import java.io.Reader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/** Reads JSON objects as records, one value at a time. */
final class JsonRecords {
  /** Bytes or characters of a record: a few books, and no more memory than a small machine has. */
  static final int LONGEST = 1 << 24;

  /** What a value counts besides its characters: many empty ones fill the memory too. */
  static final int VALUE_COST = 64;

  /** What is said of a longer one. */
  static final String TOO_LONG =
      "longer than %d MiB, cut it into several records".formatted(LONGEST >> 20);

  private final JsonFactory factory =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(LONGEST).build())
          .build();

  JsonParser parser(Reader reader) {
    return factory.createParser(ObjectReadContext.empty(), reader);
  }

  JsonParser parser(String json) {
    return factory.createParser(ObjectReadContext.empty(), json);
  }

  /**
   * The fields of the object whose opening brace the parser has just read.
   *
   * @param wanted names of the fields whose values are read; of the others the names are
   */
  static Map<String, FieldValue> fields(JsonParser parser, Predicate<String> wanted) {
    Reading reading = new Reading(parser);
    Map<String, FieldValue> fields = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      reading.count(name.length());
      JsonToken token = parser.nextToken();
      fields.put(name, wanted.test(name) ? reading.value(token) : unread(parser, token));
    }
    return fields;
  }

  private static FieldValue unread(JsonParser parser, JsonToken token) {
    parser.skipChildren();
    return token == JsonToken.VALUE_NULL ? new FieldValue.Nothing() : new FieldValue.Unread();
  }

  /** What Jackson found wrong, in one line without its own accounts of places. */
  static String reason(JacksonException e) {
    String message =
        String.valueOf(e.getOriginalMessage()).replaceAll(" \\(start marker at .*", "");
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  /** Reads the values of one record and counts what they take. */
  private static final class Reading {
    private final JsonParser parser;
    private long characters;

    Reading(JsonParser parser) {
      this.parser = parser;
    }

    void count(int length) {
      characters += VALUE_COST + length;
      if (characters > LONGEST) {
        throw new StreamConstraintsException("a record " + TOO_LONG);
      }
    }

    FieldValue value(JsonToken token) {
      return switch (token) {
        case START_OBJECT -> members();
        case START_ARRAY -> items();
        case VALUE_NULL -> new FieldValue.Nothing();
        default -> {
          String text = parser.getString();
          count(text.length());
          yield new FieldValue.Text(text);
        }
      };
    }

    private FieldValue members() {
      Map<String, FieldValue> members = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        count(name.length());
        members.put(name, value(parser.nextToken()));
      }
      return new FieldValue.Members(members);
    }

    private FieldValue items() {
      List<FieldValue> items = new ArrayList<>();
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        count(0);
        items.add(value(token));
      }
      return new FieldValue.Items(items);
    }
  }
}
