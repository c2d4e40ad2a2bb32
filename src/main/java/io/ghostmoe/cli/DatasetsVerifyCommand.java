package io.ghostmoe.cli;

import io.ghostmoe.DataSettings;
import io.ghostmoe.SettingTable;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.data.cache.Verification.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets verify}. */
final class DatasetsVerifyCommand {
  private static final String DEEP = "--deep";

  private final Engine engine;
  private final Terminal terminal;
  private final Cancellation cancellation;

  DatasetsVerifyCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.engine = engine;
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  CommandSpec spec() {
    CommandSpec spec =
        Command.spec(
            "verify",
            terminal,
            SettingTable.of(DataSettings.CACHE_DIR),
            this::run,
            "Reads what is prepared through and compares it with its checksums.",
            "Ends with 1 where something is bad.");
    spec.addOption(OutputOptions.flag(DEEP, "compare SHA-256 hashes, not only checksums"));
    DatasetNames.addTo(spec, "0..1", "The datasets, as datasets list names them; all without.");
    return spec;
  }

  private int run(Invocation typed) {
    Path folder = typed.get(DataSettings.CACHE_DIR);
    List<Verification> results = new ArrayList<>();
    engine.verify(
        folder,
        DatasetNames.values(typed),
        typed.has(DEEP),
        result -> {
          results.add(result);
          if (typed.mode() == OutputMode.HUMAN) {
            terminal.line(line(result));
          }
        },
        cancellation::isRequested);
    typed.answer(() -> sayWhereThereIsNothing(results, folder), () -> json(results));
    refuseBad(results, folder, typed.mode());
    return cancellation.isRequested() ? ExitCodes.INTERRUPTED : ExitCodes.DONE;
  }

  private void sayWhereThereIsNothing(List<Verification> results, Path folder) {
    if (results.isEmpty()) {
      terminal.line("nothing is prepared in %s, so nothing is bad".formatted(folder));
    }
  }

  private String line(Verification result) {
    CatalogEntry entry = result.entry();
    String label = Formats.oneLine(entry.label());
    return switch (result.state()) {
      case SOUND ->
          "%s  %s  %s, %s"
              .formatted(
                  terminal.green("sound"),
                  label,
                  Formats.count(entry.tokens(), "token"),
                  Formats.bytes(entry.bytes()));
      case BEING_BUILT -> "later  %s  %s".formatted(label, result.detail());
      case BAD ->
          "%s  %s  %s".formatted(terminal.red("bad  "), label, Formats.oneLine(result.detail()));
    };
  }

  private static void refuseBad(List<Verification> results, Path folder, OutputMode mode) {
    List<String> bad =
        results.stream()
            .filter(result -> result.state() == State.BAD)
            .map(result -> "%s (%s)".formatted(result.entry().label(), result.detail()))
            .toList();
    if (!bad.isEmpty()) {
      throw UserException.environment(
          "%d of %d in %s %s bad%s: ghostmoe datasets clean --invalid removes what is bad, and the next run builds it anew"
              .formatted(
                  bad.size(),
                  results.size(),
                  folder,
                  bad.size() == 1 ? "is" : "are",
                  mode == OutputMode.HUMAN ? "" : ", " + Formats.few(bad)));
    }
  }

  private static Map<String, Object> json(List<Verification> results) {
    List<Map<String, Object>> datasets = new ArrayList<>();
    for (Verification result : results) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("name", result.entry().name());
      values.put("fingerprint", result.entry().fingerprint());
      values.put("state", result.state().name().toLowerCase(Locale.ROOT));
      values.put("detail", result.detail());
      values.put("bytes", result.entry().bytes());
      datasets.add(values);
    }
    return Map.of("datasets", datasets);
  }
}
