package io.ghostmoe.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;

/** {@code completion}: a script for bash and zsh. */
final class CompletionCommand implements Callable<Integer> {
  /** Bash breaks {@code --flag=value} into three words, where picocli's functions expect two. */
  private static final String EQUALS_SIGNS =
      """

      # Lets the functions above see --flag=value, which bash breaks at the =, as two words.
      function _complete_ghostmoe_words() {
        local words=() current=0 i
        for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
          ((i == COMP_CWORD)) && current=${#words[@]}
          if [[ ${COMP_WORDS[i]} != "=" ]]; then
            words+=("${COMP_WORDS[i]}")
          elif ((i == COMP_CWORD)); then
            words+=("")
          fi
        done
        local COMP_WORDS=("${words[@]}") COMP_CWORD=$current
        _complete_ghostmoe "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      }
      [ -z "$BASH_VERSION" ] || complete -F _complete_ghostmoe_words -o default ghostmoe
      """;

  private final Terminal terminal;
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("completion");

  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
    spec.usageMessage()
        .description(
            "Prints a completion script for bash and zsh.",
            "For this session: source <(ghostmoe completion)");
    OutputOptions.addHelp(spec);
  }

  CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() {
    terminal.text(AutoComplete.bash("ghostmoe", spec.root().commandLine()) + EQUALS_SIGNS);
    return ExitCodes.DONE;
  }
}
