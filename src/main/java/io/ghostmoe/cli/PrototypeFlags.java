package io.ghostmoe.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Flags of the program before this one that are commands here. */
final class PrototypeFlags {
  private static final String YES = DatasetsCleanCommand.YES;

  private static final Map<String, List<String>> COMMANDS =
      Map.of(
          "--list-datasets", List.of("datasets", "list"),
          "--clean-datasets", List.of("datasets", "clean", YES),
          "--clean-invalid", List.of("datasets", "clean", "--invalid"));

  private PrototypeFlags() {}

  /** Shows the flags in the help and in the completion of the program itself. */
  static void addTo(CommandSpec root) {
    for (String flag : List.of("--list-datasets", "--clean-datasets", "--clean-invalid")) {
      String command = String.join(" ", COMMANDS.getOrDefault(flag, List.of()));
      root.addOption(
          OptionSpec.builder(flag)
              .type(boolean.class)
              .arity("0")
              .description("the same as " + command.replace(" " + YES, ""))
              .build());
    }
  }

  /**
   * The words with such a flag, where it stands before any command, replaced by the command.
   *
   * @param commands behind whose names every word is their own
   */
  static String[] replace(String[] args, Set<String> commands) {
    List<String> words = new ArrayList<>(List.of(args));
    for (int index = 0; index < args.length && !commands.contains(args[index]); index++) {
      List<String> command = COMMANDS.get(args[index]);
      if (command != null) {
        words.remove(index);
        words.removeAll(List.of(YES)); // there already, if it was typed
        words.addAll(0, command);
        return words.toArray(String[]::new);
      }
    }
    return args;
  }
}
