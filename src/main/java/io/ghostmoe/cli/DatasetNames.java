package io.ghostmoe.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The names of prepared datasets behind a command. */
final class DatasetNames {
  private static final String LABEL = "NAME[/FINGERPRINT]";

  private DatasetNames() {}

  /**
   * Lets a command take names.
   *
   * @param arity how many: {@code 1}, {@code 0..1} for any number, {@code 1..*}
   */
  static void addTo(CommandSpec command, String arity, String description) {
    command.addPositional(
        PositionalParamSpec.builder()
            .index(arity.equals("1") ? "0" : "0..*")
            .arity(arity)
            .required(!arity.startsWith("0"))
            .type(List.class)
            .auxiliaryTypes(String.class)
            .paramLabel(LABEL)
            .description(
                description,
                "Where several share a name, the beginning of a fingerprint tells them apart.")
            .build());
  }

  /** What was typed. */
  static List<String> values(Invocation typed) {
    return typed.parsed().matchedPositionalValue(0, List.of());
  }
}
