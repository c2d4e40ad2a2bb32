package io.ghostmoe.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** A command that has subcommands and does nothing without one. */
final class HelpOnly implements Callable<Integer> {
  private final Terminal terminal;
  private @Nullable CommandSpec spec;

  HelpOnly(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Tells it which command it stands for. */
  CommandSpec named(String name) {
    CommandSpec named = CommandSpec.wrapWithoutInspection(this).name(name);
    spec = named;
    return named;
  }

  @Override
  public Integer call() {
    CommandSpec named = spec;
    if (named == null) {
      throw new IllegalStateException("not a command yet");
    }
    CommandLine commandLine = named.commandLine();
    Ansi colours = terminal.hasErrorColours() ? Ansi.ON : Ansi.OFF; // its own: it is no result
    commandLine.usage(commandLine.getErr(), Help.defaultColorScheme(colours));
    return ExitCodes.WRONG_INPUT;
  }
}
