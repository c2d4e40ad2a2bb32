package io.ghostmoe.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;

/** {@code completion}: a script for bash and zsh. */
final class CompletionCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("completion");

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .description("Prints a completion script for bash and zsh: source <(ghostmoe completion)");
    OutputOptions.addHelp(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    terminal.text(AutoComplete.bash("ghostmoe", spec.root().commandLine()));
    return ExitCodes.DONE;
  }
}
