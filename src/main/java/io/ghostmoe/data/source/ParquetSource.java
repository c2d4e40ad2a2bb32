package io.ghostmoe.data.source;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.SchemaNode;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .parquet} file; a column is a field. Only wanted columns are decoded. A file is a
 * stranger's: whatever the reading library trips over is the file's fault and ends the reading.
 */
record ParquetSource(Path file) implements Source {
  private static final int MOST_COLUMNS = 10_000;

  @Override
  public String unit() {
    return "row";
  }

  @Override
  public void read(Predicate<String> wanted, RecordSink sink) throws IOException {
    try (ParquetFileReader parquet = guarded(this::open)) {
      Set<String> names = names(parquet);
      List<String> read = new ArrayList<>(names.stream().filter(wanted).toList());
      if (read.isEmpty()) { // the rows are counted by reading something of them
        names.stream().limit(1).forEach(read::add);
      }
      try (RowReader rows =
          guarded(
              () ->
                  parquet
                      .buildRowReader()
                      .projection(ColumnProjection.columns(read.toArray(String[]::new)))
                      .build())) {
        readRows(rows, names, read, sink);
      }
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  private ParquetFileReader open() {
    try {
      return ParquetFileReader.open(InputFile.of(file));
    } catch (IOException e) {
      throw new BrokenFile(e);
    }
  }

  private Set<String> names(ParquetFileReader parquet) {
    Set<String> names = new LinkedHashSet<>();
    for (SchemaNode column : parquet.getFileSchema().getRootNode().children()) {
      if (!names.add(column.name()) || names.size() > MOST_COLUMNS) {
        throw broken("its columns are too many, or two are named " + column.name(), null);
      }
    }
    return names;
  }

  /** Every row is known to have all columns, the unread ones too. */
  private static Map<String, FieldValue> fields(Set<String> names) {
    Map<String, FieldValue> fields = new LinkedHashMap<>();
    names.forEach(name -> fields.put(name, new FieldValue.Unread()));
    return fields;
  }

  private void readRows(RowReader rows, Set<String> names, List<String> read, RecordSink sink) {
    for (int row = 1; guarded(rows::hasNext); row++) {
      Map<String, FieldValue> fields = fields(names);
      String why =
          guarded(
              () -> {
                rows.next();
                return readRow(rows, read, fields);
              });
      if (why.isEmpty()) {
        sink.record(new SourceRecord.Fields(row, fields));
      } else {
        sink.broken(row, why);
      }
    }
  }

  /** Why the row cannot be used; empty if it can. */
  private static String readRow(RowReader rows, List<String> read, Map<String, FieldValue> fields) {
    ParquetValues values = new ParquetValues();
    for (String name : read) {
      try {
        fields.put(name, values.field(rows, name));
      } catch (ParquetValues.Unusable e) {
        return "\"%s\" %s".formatted(name, e.getMessage());
      }
    }
    return "";
  }

  /** Runs a piece of the library, whose own account of a broken file can be any exception. */
  private <T> T guarded(Supplier<T> work) {
    try {
      return work.get();
    } catch (UserException e) {
      throw e;
    } catch (LinkageError e) {
      throw UserException.environment(
          "%s: its compression has no native part that runs here (%s): convert the file."
              .formatted(file, e),
          e);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw broken(reason(e), e);
    }
  }

  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage());
    return cause.getClass().getSimpleName()
        + ": "
        + (message.length() <= 120 ? message : message.substring(0, 119) + "…");
  }

  private UserException broken(String why, @Nullable Throwable cause) {
    String message = "%s: broken Parquet (%s); get the file again.".formatted(file, why);
    return cause == null ? UserException.input(message) : UserException.input(message, cause);
  }

  /** Carries what the library found wrong out of a supplier. */
  private static final class BrokenFile extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenFile(IOException cause) {
      super(cause);
    }
  }
}
