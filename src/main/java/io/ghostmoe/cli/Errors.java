package io.ghostmoe.cli;

import io.ghostmoe.base.NearestName;
import io.ghostmoe.base.UserException;
import java.util.List;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Failures as one line and an exit code; a bug keeps its stack trace. */
final class Errors implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private final Terminal terminal;
  private final Cancellation cancellation;

  Errors(Terminal terminal, Cancellation cancellation) {
    this.terminal = terminal;
    this.cancellation = cancellation;
  }

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    String problem = describe(failure);
    print(
        problem
            + (problem.endsWith("?") ? " See " : ": see ")
            + failure.getCommandLine().getCommandSpec().qualifiedName()
            + " --help");
    if (List.of(args).contains(OutputOptions.DEBUG)) {
      failure.printStackTrace(terminal.err());
    }
    return ExitCodes.WRONG_INPUT;
  }

  private static String describe(ParameterException failure) {
    return switch (failure) {
      case UnmatchedArgumentException unmatched -> unknown(unmatched);
      case MissingParameterException missing when missing.getMissing().size() == 1 ->
          missing.getMissing().getFirst().paramLabel() + " is missing: " + missing.getMessage();
      default -> String.valueOf(failure.getMessage());
    };
  }

  private static String unknown(UnmatchedArgumentException failure) {
    String typed = failure.getUnmatched().getFirst();
    CommandLine command = failure.getCommandLine();
    if (typed.startsWith("-")) {
      String name = typed.replaceAll("=.*", "");
      return "unknown option %s: did you mean %s?"
          .formatted(
              name,
              NearestName.of(name, command.getCommandSpec().optionsMap().keySet()).orElse(""));
    }
    return NearestName.of(typed, command.getSubcommands().keySet())
        .map(nearest -> "unknown command %s: did you mean %s?".formatted(typed, nearest))
        .orElse("\"%s\" is one word too many".formatted(typed));
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    boolean debug = OutputOptions.isDebug(parsed);
    return switch (failure) {
      case UserException user -> user(user, debug);
      case ParameterException parameter -> handleParseException(parameter, new String[0]);
      case CancellationException cancelled -> {
        if (!cancellation.isRequested()) { // whoever asked has said so
          print("interrupted");
        }
        yield ExitCodes.INTERRUPTED;
      }
      default -> internal(failure);
    };
  }

  private int user(UserException failure, boolean debug) {
    print(String.valueOf(failure.getMessage()));
    if (debug) {
      failure.printStackTrace(terminal.err());
    }
    return switch (failure.kind()) {
      case INPUT -> ExitCodes.WRONG_INPUT;
      case ENVIRONMENT -> ExitCodes.FAILED;
    };
  }

  /** What no command has caught, a full memory among it, which the user can mend. */
  int uncaught(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      print(
          "out of memory (%s), Java may use %s: raise -Xmx in GHOSTMOE_JAVA_OPTS, or lower what the command is to hold"
              .formatted(failure.getMessage(), Formats.bytes(Runtime.getRuntime().maxMemory())));
      return ExitCodes.FAILED;
    }
    return internal(failure);
  }

  /** A failure that is nobody's but ours. */
  private int internal(Throwable failure) {
    print("internal error, please report it with what follows: " + failure);
    failure.printStackTrace(terminal.err());
    return ExitCodes.FAILED;
  }

  private void print(String message) {
    terminal.error("ghostmoe: " + Formats.oneLine(message));
  }
}
