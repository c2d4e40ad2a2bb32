package io.ghostmoe.data.source;

import java.io.IOException;
import java.util.function.Predicate;

/**
 * A {@code .txt} file, cut into documents so that it can be split and shuffled.
 *
 * <p>A document ends at the first blank lines after {@value #ENOUGH} bytes, before the next line
 * with text; where there are none, at the first line end after {@value #LIMIT} bytes; and a line
 * longer than that is cut between two characters. No character is lost: the documents put together
 * are the file.
 */
record TextSource(SourceFile text) implements CharacterSource {
  static final int ENOUGH = 2_048;
  static final int LIMIT = 16_384;

  @Override
  public void read(Predicate<String> wanted, RecordSink sink) throws IOException {
    StringBuilder document = new StringBuilder();
    int begins = 1;
    int size = 0;
    boolean afterBlank = false;
    try (LineReader lines = new LineReader(text, LIMIT)) {
      while (lines.next()) {
        String content = lines.text();
        boolean blank = lines.isBlank();
        boolean full = size >= LIMIT || (size >= ENOUGH && afterBlank && !blank);
        if ((full || content == null) && !document.isEmpty()) {
          sink.record(new SourceRecord.Text(begins, document.toString()));
          document.setLength(0);
          size = 0;
        }
        if (content == null) {
          sink.broken(lines.line(), "not UTF-8");
          continue;
        }
        if (document.isEmpty()) {
          begins = lines.line();
        }
        document.append(content);
        size += lines.size();
        afterBlank = blank;
      }
    }
    if (!document.isEmpty()) {
      sink.record(new SourceRecord.Text(begins, document.toString()));
    }
  }
}
