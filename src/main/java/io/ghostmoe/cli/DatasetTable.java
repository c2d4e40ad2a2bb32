package io.ghostmoe.cli;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is cached, as a table for people and as values for programs. */
final class DatasetTable {
  private static final List<String> HEADER =
      List.of("NAME", "STATUS", "SAMPLES", "TOKENS", "SIZE", "CREATED");
  private static final List<Boolean> RIGHT = List.of(false, false, true, true, true, false);
  private static final String GAP = "  ";

  private DatasetTable() {}

  /** Header and rows, columns aligned, numbers to the right; what is wrong stands below its row. */
  static List<String> lines(List<DatasetRow> rows, ZoneId zone) {
    List<List<String>> cells = new ArrayList<>();
    cells.add(HEADER);
    rows.forEach(row -> cells.add(cells(row, zone)));
    int[] widths = new int[HEADER.size()];
    for (List<String> row : cells) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], columns(row.get(column)));
      }
    }
    List<String> lines = new ArrayList<>();
    for (int index = 0; index < cells.size(); index++) {
      lines.add(line(cells.get(index), widths));
      if (index > 0 && !rows.get(index - 1).detail().isEmpty()) {
        lines.add(GAP + Formats.oneLine(rows.get(index - 1).detail()));
      }
    }
    return lines;
  }

  private static List<String> cells(DatasetRow row, ZoneId zone) {
    boolean known = row.created().isPresent();
    return List.of(
        Formats.oneLine(row.name()),
        Formats.oneLine(row.status()),
        known ? row.trainSamples() + "+" + row.evalSamples() : "-",
        known ? Formats.count(row.tokens()) : "-",
        Formats.bytes(row.bytes()),
        row.created()
            .map(
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(zone)::format)
            .orElse("-"));
  }

  private static String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = cells.get(column);
      String fill = " ".repeat(widths[column] - columns(cell));
      line.append(column == 0 ? "" : GAP).append(RIGHT.get(column) ? fill + cell : cell + fill);
    }
    return line.toString().stripTrailing();
  }

  private static int columns(String text) {
    return text.codePointCount(0, text.length());
  }

  /** The rows for {@code --json}. */
  static Map<String, Object> json(List<DatasetRow> rows) {
    List<Map<String, @Nullable Object>> datasets = new ArrayList<>();
    for (DatasetRow row : rows) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      values.put("name", row.name());
      values.put("fingerprint", row.fingerprint());
      values.put("status", row.status());
      values.put("detail", row.detail());
      values.put("train_samples", row.trainSamples());
      values.put("eval_samples", row.evalSamples());
      values.put("tokens", row.tokens());
      values.put("bytes", row.bytes());
      values.put("created", row.created().map(Object::toString).orElse(null));
      datasets.add(values);
    }
    return Map.of("datasets", datasets);
  }
}
