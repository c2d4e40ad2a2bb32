package io.ghostmoe.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts what became of each fault. */
final class FaultTable {
  /** What the next command did after a fault. */
  enum Verdict {
    /** It went on to the same bits. */
    WENT_ON,
    /** It said in one line what is wrong, and the remedy led to the same bits. */
    TOLD
  }

  /** A fault and what the engine makes of it. */
  @FunctionalInterface
  interface Fault {
    Verdict strike() throws Exception;
  }

  private static final class Row {
    int wentOn;
    int told;
    int lost;
  }

  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final List<String> losses = new ArrayList<>();

  /** Makes a fault happen; any failure is a loss. */
  void add(String kind, String point, Fault fault) {
    Row row = rows.computeIfAbsent(kind, ignored -> new Row());
    try {
      switch (fault.strike()) {
        case WENT_ON -> row.wentOn++;
        case TOLD -> row.told++;
      }
    } catch (Exception | AssertionError e) {
      row.lost++;
      losses.add(kind + ", " + point + ": " + e + place(e));
    }
  }

  private static String place(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    return trace.length == 0 ? "" : " at " + trace[0];
  }

  /** Prints the table, for the README, and fails on any loss. */
  void report(String title) {
    StringBuilder text = new StringBuilder("| " + title + " | points | went on | told | lost |\n");
    text.append("|---|---|---|---|---|\n");
    rows.forEach(
        (kind, row) ->
            text.append(
                "| %s | %,d | %,d | %,d | %,d |\n"
                    .formatted(
                        kind, row.wentOn + row.told + row.lost, row.wentOn, row.told, row.lost)));
    System.out.print(text);
    assertThat(losses).as(title).isEmpty();
  }
}
