package io.ghostmoe.cli;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is cached, as a table for people and as values for programs. */
final class DatasetTable {
  private static final TextTable TABLE =
      new TextTable(
          List.of("NAME", "STATUS", "SAMPLES", "TOKENS", "SIZE", "CREATED"),
          List.of(false, false, true, true, true, false));

  private DatasetTable() {}

  /** Header and rows, columns aligned, numbers to the right; what is wrong stands below its row. */
  static List<String> lines(List<DatasetRow> rows, ZoneId zone) {
    List<String> table =
        TABLE.lines(rows.stream().map(row -> cells(row, name(row, rows), zone)).toList());
    List<String> lines = new ArrayList<>();
    lines.add(table.getFirst());
    for (int index = 0; index < rows.size(); index++) {
      lines.add(table.get(index + 1));
      String detail = rows.get(index).detail();
      if (!detail.isEmpty()) {
        lines.add("  " + Formats.oneLine(detail));
      }
    }
    return lines;
  }

  private static List<String> cells(DatasetRow row, String name, ZoneId zone) {
    boolean known = row.created().isPresent();
    return List.of(
        Formats.oneLine(name),
        Formats.oneLine(row.status()),
        known ? row.trainSamples() + "+" + row.evalSamples() : "-",
        known ? Formats.count(row.tokens()) : "-",
        Formats.bytes(row.bytes()),
        row.created().map(created -> Formats.time(created, zone)).orElse("-"));
  }

  /** The name, and where others share it so much more that the other commands take it. */
  private static String name(DatasetRow row, List<DatasetRow> rows) {
    boolean shared =
        rows.stream()
            .anyMatch(
                other ->
                    other.name().equals(row.name())
                        && !other.fingerprint().equals(row.fingerprint()));
    return shared ? row.label() : row.name();
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
