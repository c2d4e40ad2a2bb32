package io.ghostmoe.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A command that has subcommands and does nothing without one. */
final class HelpOnly implements Callable<Integer> {
  private @Nullable CommandSpec spec;

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
    commandLine.usage(commandLine.getErr());
    return ExitCodes.WRONG_INPUT;
  }
}
