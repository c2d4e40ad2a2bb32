package io.ghostmoe.data.source;

import io.ghostmoe.data.source.SourceRecord.FieldValue;
import io.ghostmoe.data.source.SourceRecord.FieldValue.Kind;
import java.io.Reader;
import java.util.LinkedHashMap;
import java.util.Map;
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

  /** What a field counts besides its characters: many empty ones fill the memory too. */
  private static final int FIELD_COST = 64;

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

  /** The fields of the object whose opening brace the parser has just read. */
  static Map<String, FieldValue> fields(JsonParser parser) {
    Map<String, FieldValue> fields = new LinkedHashMap<>();
    long characters = 0;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      FieldValue value = value(parser, parser.nextToken());
      fields.put(name, value);
      characters += FIELD_COST + name.length() + value.text().length();
      if (characters > LONGEST) {
        throw new StreamConstraintsException("a record " + TOO_LONG);
      }
    }
    return fields;
  }

  /** What Jackson found wrong, in one line without its own accounts of places. */
  static String reason(JacksonException e) {
    String message =
        String.valueOf(e.getOriginalMessage()).replaceAll(" \\(start marker at .*", "");
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  private static FieldValue value(JsonParser parser, JsonToken token) {
    if (token.isStructStart()) {
      parser.skipChildren();
      return new FieldValue(Kind.NESTED, "");
    }
    return switch (token) {
      case VALUE_STRING -> new FieldValue(Kind.STRING, parser.getString());
      case VALUE_NULL -> new FieldValue(Kind.NULL, "");
      default -> new FieldValue(Kind.SCALAR, parser.getString());
    };
  }
}
