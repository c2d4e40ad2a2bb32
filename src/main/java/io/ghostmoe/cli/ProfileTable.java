package io.ghostmoe.cli;

import io.ghostmoe.train.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code train --profile} found, as a table. */
final class ProfileTable {
  private static final TextTable TABLE =
      new TextTable(
          List.of("OPERATION", "CALLS", "MS", "SHARE", "GFLOP/S", "GB/S"),
          List.of(false, true, true, true, true, true));

  private ProfileTable() {}

  static List<String> lines(Profile profile) {
    double all = profile.seconds();
    List<List<String>> rows = new ArrayList<>();
    double operations = 0;
    for (Profile.Line line : profile.lines()) {
      operations += line.seconds();
      rows.add(
          row(
              line.operation(),
              Formats.count(line.calls()),
              line.seconds(),
              all,
              rate(line.flops(), line.seconds()),
              rate(line.bytes(), line.seconds())));
    }
    rows.add(row("(between them)", "", all - operations, all, "", ""));
    return TABLE.lines(rows);
  }

  private static List<String> row(
      String name, String calls, double seconds, double all, String flops, String bytes) {
    return List.of(
        name,
        calls,
        String.format(Locale.ROOT, "%.1f", seconds * 1e3),
        String.format(Locale.ROOT, "%.1f%%", 100 * seconds / all),
        flops,
        bytes);
  }

  private static String rate(double amount, double seconds) {
    return amount == 0 ? "" : String.format(Locale.ROOT, "%.1f", amount / seconds * 1e-9);
  }
}
