package io.ghostmoe.data.source;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.source.SourceRecord.FieldValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.StreamConstraintsException;

/**
 * A {@code .json} file: a list of objects, or an object that holds exactly one list of objects. It
 * is read as a stream; nothing after broken JSON can be told, so that ends the reading.
 */
record JsonSource(Path file) implements Source {
  @Override
  public void read(RecordSink sink) throws IOException {
    try (Reader reader = open();
        JsonParser parser = new JsonRecords().parser(reader)) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_ARRAY) {
        readList(parser, sink);
        requireEnd(parser);
      } else if (first == JsonToken.START_OBJECT) {
        findList(parser, listName());
        readList(parser, sink);
      } else {
        throw UserException.input(
            file + " holds no list of records: it must be a list of objects.");
      }
    } catch (CharacterCodingException e) {
      throw notUtf8(e);
    } catch (JacksonException e) {
      throw broken(e);
    }
  }

  private void readList(JsonParser parser, RecordSink sink) {
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      int line = parser.currentTokenLocation().getLineNr();
      if (token == JsonToken.START_OBJECT) {
        sink.record(new SourceRecord.Fields(line, fields(parser, line)));
      } else {
        parser.skipChildren();
        sink.broken(line, "not a JSON object");
      }
    }
  }

  /** What breaks a bound of the parser has no place in the file; its record has. */
  private Map<String, FieldValue> fields(JsonParser parser, int line) {
    try {
      return JsonRecords.fields(parser);
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
    try (Reader reader = open();
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
                  file,
                  names.isEmpty()
                      ? "an object without a list of objects"
                      : "several lists of objects (" + String.join(", ", names) + ")"));
    }
    return names.getFirst();
  }

  private void requireEnd(JsonParser parser) {
    if (parser.nextToken() != null) {
      throw UserException.input(
          file + " holds more than one JSON value: if it has one object a line, name it .jsonl.");
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

  private Reader open() throws IOException {
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Files.newInputStream(file),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)));
    reader.mark(1);
    if (reader.read() != '\uFEFF') {
      reader.reset();
    }
    return reader;
  }

  private UserException broken(JacksonException e) throws IOException {
    if (e.getCause() instanceof CharacterCodingException cause) {
      return notUtf8(cause);
    }
    if (e.getCause() instanceof IOException cause) {
      throw cause;
    }
    return broken(e.getLocation() == null ? "a value" : "line " + e.getLocation().getLineNr(), e);
  }

  private UserException broken(String where, JacksonException e) {
    return UserException.input(
        "%s: %s: broken JSON (%s); mend the file.".formatted(file, where, JsonRecords.reason(e)),
        e);
  }

  private UserException notUtf8(CharacterCodingException e) throws IOException {
    return UserException.input(
        "%s: line %d: not UTF-8; convert the file to UTF-8.".formatted(file, firstBadLine()), e);
  }

  /** The decoder works in blocks and cannot say where it failed; lines can. */
  private int firstBadLine() throws IOException {
    try (LineReader lines = new LineReader(file, 1 << 20)) {
      while (lines.next()) {
        @Nullable String text = lines.text();
        if (text == null) {
          return lines.line();
        }
      }
    }
    return 1;
  }
}
