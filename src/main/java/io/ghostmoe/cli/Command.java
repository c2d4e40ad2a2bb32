package io.ghostmoe.cli;

import io.ghostmoe.SettingTable;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A command that takes settings and answers: its name, its help, its flags, and what it does. A
 * command's own class says these and nothing else.
 */
final class Command implements Callable<Integer> {
  /** What a command does; the result is its exit code. */
  interface Action {
    int run(Invocation typed);
  }

  private final Terminal terminal;
  private final SettingOptions settings;
  private final Action action;
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

  private Command(Terminal terminal, SettingTable settings, Action action) {
    this.terminal = terminal;
    this.settings = new SettingOptions(settings);
    this.action = action;
  }

  /**
   * Puts one together; flags that are no settings can be added to it.
   *
   * @param settings each of which is a flag
   * @param description of which the first sentence stands in the list of commands
   */
  static CommandSpec spec(
      String name, Terminal terminal, SettingTable settings, Action action, String... description) {
    Command command = new Command(terminal, settings, action);
    command.spec.name(name).usageMessage().description(description);
    OutputOptions.addTo(command.spec);
    command.settings.addTo(command.spec);
    return command.spec;
  }

  @Override
  public Integer call() {
    return action.run(new Invocation(spec.commandLine().getParseResult(), settings, terminal));
  }
}
