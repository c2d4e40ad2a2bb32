package io.ghostmoe.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Columns for people.
 *
 * @param header a word a column
 * @param right whether the column's cells end at the same place, as numbers should
 */
record TextTable(List<String> header, List<Boolean> right) {
  private static final String GAP = "  ";

  TextTable {
    header = List.copyOf(header);
    right = List.copyOf(right);
  }

  /** The header and a line a row; every row has a cell for each column. */
  List<String> lines(List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>();
    all.add(header);
    all.addAll(rows);
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], columns(row.get(column)));
      }
    }
    return all.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = cells.get(column);
      String fill = " ".repeat(widths[column] - columns(cell));
      line.append(column == 0 ? "" : GAP).append(right.get(column) ? fill + cell : cell + fill);
    }
    return line.toString().stripTrailing();
  }

  private static int columns(String text) {
    return text.codePointCount(0, text.length());
  }
}
