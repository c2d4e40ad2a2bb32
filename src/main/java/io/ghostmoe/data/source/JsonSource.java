package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamConstraintsException;

/**
 * A {@code .json} file: a list of objects, or an object that holds exactly one list of objects. It
 * is read as a stream; nothing after broken JSON can be told, so that ends the reading.
 */
record JsonSource(SourceFile text) implements CharacterSource {
  @Override
  public void read(Predicate<String> wanted, RecordSink sink) throws IOException {
    try (Reader reader = text.reader();
        JsonParser parser = new JsonRecords().parser(reader)) {
      boolean alone = enterList(parser);
      Consumer<RecordSink> record = next(parser, wanted, alone);
      while (record != null) {
        record.accept(sink);
        record = next(parser, wanted, alone);
      }
    } catch (CharacterCodingException e) {
      throw text.notUtf8(e);
    }
  }

  /** Goes into the file's list; true where nothing may follow it. */
  private boolean enterList(JsonParser parser) throws IOException {
    try {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_OBJECT) {
        findList(parser, listName());
      } else if (first != JsonToken.START_ARRAY) {
        throw UserException.input(
            file() + " holds no list of records: it must be a list of objects.");
      }
      return first == JsonToken.START_ARRAY;
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  /**
   * What the next record is to a sink, null after the last; what goes wrong here is the file's
   * fault.
   */
  private @Nullable Consumer<RecordSink> next(
      JsonParser parser, Predicate<String> wanted, boolean alone) throws IOException {
    try {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.END_ARRAY) {
        if (alone) {
          requireEnd(parser);
        }
        return null;
      }
      int line = parser.currentTokenLocation().getLineNr();
      if (token == JsonToken.START_OBJECT) {
        SourceRecord record = new SourceRecord.Fields(line, fields(parser, wanted, line));
        return sink -> sink.record(record);
      }
      parser.skipChildren();
      return sink -> sink.broken(line, "not a JSON object");
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  /** What breaks a bound of the parser has no place in the file; its record has. */
  private Map<String, FieldValue> fields(JsonParser parser, Predicate<String> wanted, int line) {
    try {
      return JsonRecords.fields(parser, wanted);
    } catch (StreamConstraintsException e) {
      throw broken("line " + line, e);
    }
  }

  /** Goes into the list of that name in the object that the parser has just entered. */
  private static void findList(JsonParser parser, String name) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean found = name.equals(parser.currentName());
      if (parser.nextToken() == JsonToken.START_ARRAY && found) {
        return;
      }
      parser.skipChildren();
    }
    throw new IllegalStateException("the list " + name + " is gone from the file");
  }

  /** The one field of the file's object that holds a list of objects. */
  private String listName() throws IOException {
    List<String> names = new ArrayList<>();
    try (Reader reader = text.reader();
        JsonParser parser = new JsonRecords().parser(reader)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        if (parser.nextToken() == JsonToken.START_ARRAY) {
          if (holdsObjects(parser)) {
            names.add(name);
          }
        } else {
          parser.skipChildren();
        }
      }
      requireEnd(parser);
    }
    if (names.size() != 1) {
      throw UserException.input(
          "%s holds %s: it must be a list of objects, or an object with exactly one such list."
              .formatted(
                  file(),
                  names.isEmpty()
                      ? "an object without a list of objects"
                      : "several lists of objects (" + String.join(", ", names) + ")"));
    }
    return names.getFirst();
  }

  private void requireEnd(JsonParser parser) {
    if (parser.nextToken() != null) {
      throw UserException.input(
          file() + " holds more than one JSON value: if it has one object a line, name it .jsonl.");
    }
  }

  /** Reads the list that the parser has just entered to its end. */
  private static boolean holdsObjects(JsonParser parser) {
    boolean found = false;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      found |= token == JsonToken.START_OBJECT;
      parser.skipChildren();
    }
    return found;
  }

  private UserException broken(JacksonException e) throws IOException {
    if (e.getCause() instanceof CharacterCodingException cause) {
      return text.notUtf8(cause);
    }
    if (e.getCause() instanceof IOException cause) {
      throw cause;
    }
    return broken(e.getLocation() == null ? "a value" : "line " + e.getLocation().getLineNr(), e);
  }

  private UserException broken(String where, JacksonException e) {
    return UserException.input(
        "%s: %s: broken JSON (%s); mend the file.".formatted(file(), where, JsonRecords.reason(e)),
        e);
  }
}
