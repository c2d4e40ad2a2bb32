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
import tools.jackson.core.json.JsonFactory;

/** Reads JSON objects as records, one value at a time. */
final class JsonRecords {
  private final JsonFactory factory = new JsonFactory();

  JsonParser parser(Reader reader) {
    return factory.createParser(ObjectReadContext.empty(), reader);
  }

  JsonParser parser(String json) {
    return factory.createParser(ObjectReadContext.empty(), json);
  }

  /** The fields of the object whose opening brace the parser has just read. */
  static Map<String, FieldValue> fields(JsonParser parser) {
    Map<String, FieldValue> fields = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      fields.put(name, value(parser, parser.nextToken()));
    }
    return fields;
  }

  /** What Jackson found wrong, in one line without its own account of the place. */
  static String reason(JacksonException e) {
    String message = String.valueOf(e.getOriginalMessage());
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
