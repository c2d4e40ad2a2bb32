package io.ghostmoe.data.source;

import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** A {@code .jsonl} file: one JSON object a line; blank lines are passed over. */
record JsonLinesSource(Path file) implements Source {
  @Override
  public void read(RecordSink sink) throws IOException {
    JsonRecords json = new JsonRecords();
    try (LineReader lines = new LineReader(file, JsonRecords.LONGEST)) {
      while (lines.next()) {
        if (lines.isCut()) {
          sink.broken(lines.line(), JsonRecords.TOO_LONG);
          passOver(lines);
          continue;
        }
        if (lines.isBlank()) {
          continue;
        }
        String text = lines.text();
        if (text == null) {
          sink.broken(lines.line(), "not UTF-8");
        } else {
          readLine(json, text, lines.line(), sink);
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

  private static void readLine(JsonRecords json, String text, int line, RecordSink sink) {
    SourceRecord record;
    try (JsonParser parser = json.parser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        sink.broken(line, "not a JSON object");
        return;
      }
      record = new SourceRecord.Fields(line, JsonRecords.fields(parser));
      if (parser.nextToken() != null) {
        sink.broken(line, "something follows the JSON object");
        return;
      }
    } catch (JacksonException e) {
      sink.broken(line, "broken JSON (" + JsonRecords.reason(e) + ")");
      return;
    }
    sink.record(record);
  }
}
