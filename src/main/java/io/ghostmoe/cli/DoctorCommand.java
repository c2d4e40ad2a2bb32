package io.ghostmoe.cli;

import io.ghostmoe.DoctorSettings;
import io.ghostmoe.base.UserException;
import io.ghostmoe.doctor.Check;
import io.ghostmoe.doctor.Diagnosis;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** {@code doctor}. */
final class DoctorCommand {
  private final Engine engine;
  private final Terminal terminal;

  DoctorCommand(Engine engine, Terminal terminal) {
    this.engine = engine;
    this.terminal = terminal;
  }

  CommandSpec spec() {
    return Command.spec(
        "doctor",
        terminal,
        DoctorSettings.TABLE,
        this::run,
        "Says what of this machine training can use, what is missing, and what mends it.",
        "Ends with 1 where something that training needs is missing.");
  }

  private int run(Invocation typed) {
    Diagnosis diagnosis = engine.doctor(new DoctorSettings(typed.settings()));
    int code = typed.answer(() -> show(diagnosis), () -> json(diagnosis));
    if (!diagnosis.canTrain()) {
      throw UserException.environment(
          "training cannot work here, %s"
              .formatted(
                  Formats.few(
                      diagnosis.failures().stream()
                          .map(c -> "%s: %s: %s".formatted(c.name(), c.detail(), c.remedy()))
                          .toList())));
    }
    return code;
  }

  private void show(Diagnosis diagnosis) {
    for (Check check : diagnosis.checks()) {
      terminal.line(
          "%s  %-9s  %s".formatted(status(check), check.name(), Formats.oneLine(check.detail())));
      if (!check.remedy().isEmpty()) {
        terminal.line(" ".repeat(17) + terminal.dim("remedy: " + Formats.oneLine(check.remedy())));
      }
    }
    if (diagnosis.canTrain()) {
      terminal.line(terminal.bold("training can work here"));
    }
  }

  private String status(Check check) {
    return switch (check.status()) {
      case OK -> terminal.green("ok  ");
      case WARN -> terminal.bold("warn");
      case FAIL -> terminal.red("fail");
    };
  }

  private static Map<String, Object> json(Diagnosis diagnosis) {
    List<Map<String, Object>> checks = new ArrayList<>();
    for (Check check : diagnosis.checks()) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("name", check.name());
      values.put("status", check.status().name().toLowerCase(Locale.ROOT));
      values.put("detail", check.detail());
      values.put("remedy", check.remedy());
      checks.add(values);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("can_train", diagnosis.canTrain());
    json.put("checks", checks);
    return json;
  }
}
