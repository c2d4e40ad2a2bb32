package io.ghostmoe.data.source;

import java.io.IOException;
import java.util.Map;
import java.util.function.Predicate;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** A {@code .jsonl} file: one JSON object a line; blank lines are passed over. */
record JsonLinesSource(SourceFile text) implements CharacterSource {
  @Override
  public void read(Predicate<String> wanted, RecordSink sink) throws IOException {
    JsonRecords json = new JsonRecords();
    try (LineReader lines = new LineReader(text, JsonRecords.LONGEST)) {
      while (lines.next()) {
        if (lines.isCut()) {
          sink.broken(lines.line(), JsonRecords.TOO_LONG);
          passOver(lines);
          continue;
        }
        if (lines.isBlank()) {
          continue;
        }
        String content = lines.text();
        if (content == null) {
          sink.broken(lines.line(), "not UTF-8");
        } else {
          readLine(json.parser(content), lines.line(), wanted, sink);
        }
      }
    }
  }

  /** Goes to the last piece of a line. */
  private static void passOver(LineReader lines) throws IOException {
    boolean more = true;
    while (more && lines.isCut()) {
      more = lines.next();
    }
  }

  private static void readLine(
      JsonParser opened, int line, Predicate<String> wanted, RecordSink sink) {
    Map<String, FieldValue> fields = Map.of();
    String why = "";
    try (JsonParser parser = opened) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        why = "not a JSON object";
      } else {
        fields = JsonRecords.fields(parser, wanted);
        why = parser.nextToken() == null ? "" : "something follows the JSON object";
      }
    } catch (JacksonException e) {
      why = "broken JSON (" + JsonRecords.reason(e) + ")";
    }
    if (why.isEmpty()) {
      sink.record(new SourceRecord.Fields(line, fields));
    } else {
      sink.broken(line, why);
    }
  }
}
