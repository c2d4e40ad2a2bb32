package io.ghostmoe.data.source;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .csv} or {@code .tsv} file (RFC 4180): the first record names the fields, every other
 * has as many. Nothing after a broken quote can be told, so that ends the reading.
 */
record CsvSource(SourceFile text, char separator) implements CharacterSource {
  @Override
  public void read(Predicate<String> wanted, RecordSink sink) throws IOException {
    try (Reader reader = text.reader();
        CsvReader<CsvRecord> csv = open(reader)) {
      Iterator<CsvRecord> records = csv.iterator();
      CsvRecord header = next(records);
      if (header == null) {
        return;
      }
      List<String> names = header.getFields();
      requireDistinct(names);
      for (CsvRecord record = next(records); record != null; record = next(records)) {
        int line = (int) record.getStartingLineNumber();
        if (record.getFieldCount() == names.size()) {
          sink.record(new SourceRecord.Fields(line, fields(names, record, wanted)));
        } else {
          sink.broken(
              line, "%d fields instead of %d".formatted(record.getFieldCount(), names.size()));
        }
      }
    } catch (CharacterCodingException e) {
      throw text.notUtf8(e);
    }
  }

  /** The next record, null after the last; what goes wrong here is the file's fault. */
  private @Nullable CsvRecord next(Iterator<CsvRecord> records) throws IOException {
    try {
      return records.hasNext() ? records.next() : null;
    } catch (UncheckedIOException e) {
      throw Objects.requireNonNull(e.getCause());
    } catch (CsvParseException e) {
      throw broken(e);
    }
  }

  private CsvReader<CsvRecord> open(Reader reader) {
    return CsvReader.builder()
        .fieldSeparator(separator)
        .skipEmptyLines(true)
        // counted here, so that the record can be named and left out
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .allowUnclosedQuote(false)
        .maxBufferSize(JsonRecords.LONGEST)
        .build(CsvRecordHandler.of(handler -> handler.maxRecordSize(JsonRecords.LONGEST)), reader);
  }

  private static Map<String, FieldValue> fields(
      List<String> names, CsvRecord record, Predicate<String> wanted) {
    Map<String, FieldValue> fields = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      fields.put(
          name,
          wanted.test(name) ? new FieldValue.Text(record.getField(i)) : new FieldValue.Unread());
    }
    return fields;
  }

  private void requireDistinct(List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw UserException.input(
            "%s: its first line names the field \"%s\" twice; name each field once."
                .formatted(file(), name));
      }
    }
  }

  private UserException broken(CsvParseException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return UserException.input(
        "%s: broken CSV (%s: %s); mend the file."
            .formatted(file(), e.getMessage(), cause.getMessage()),
        e);
  }
}
