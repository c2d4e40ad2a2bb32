package io.ghostmoe.cli;

import io.ghostmoe.ResultJson;
import io.ghostmoe.base.NearestName;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Failures as one line on standard error and an exit code; a bug keeps its stack trace. A program
 * that asked for JSON gets an object in any case: where there is no result, the failure.
 */
final class Errors implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private final Terminal terminal;
  private final Cancellation cancellation;
  private final boolean json;

  /**
   * @param args of the one command that may fail
   */
  Errors(Terminal terminal, Cancellation cancellation, String... args) {
    this.terminal = terminal;
    this.cancellation = cancellation;
    this.json = List.of(args).contains(OutputOptions.JSON); // also where they cannot be parsed
  }

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    String problem = describe(failure);
    print(
        ExitCodes.WRONG_INPUT,
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
      case CancellationException cancelled -> interrupted();
      default -> internal(failure);
    };
  }

  private int user(UserException failure, boolean debug) {
    int code =
        switch (failure.kind()) {
          case INPUT -> ExitCodes.WRONG_INPUT;
          case ENVIRONMENT -> ExitCodes.FAILED;
        };
    print(code, String.valueOf(failure.getMessage()));
    if (debug) {
      failure.printStackTrace(terminal.err());
    }
    return code;
  }

  private int interrupted() {
    if (cancellation.isRequested()) { // whoever asked has told the person
      answer(ExitCodes.INTERRUPTED, "interrupted");
    } else {
      print(ExitCodes.INTERRUPTED, "interrupted");
    }
    return ExitCodes.INTERRUPTED;
  }

  /** What no command has caught, a full memory among it, which the user can mend. */
  int uncaught(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      print(
          ExitCodes.FAILED,
          "out of memory (%s), Java may use %s: raise -Xmx in GHOSTMOE_JAVA_OPTS, or lower what the command is to hold"
              .formatted(failure.getMessage(), Formats.bytes(Runtime.getRuntime().maxMemory())));
      return ExitCodes.FAILED;
    }
    return internal(failure);
  }

  /** A failure that is nobody's but ours. */
  private int internal(Throwable failure) {
    print(ExitCodes.FAILED, "internal error, please report it with what follows: " + failure);
    failure.printStackTrace(terminal.err());
    return ExitCodes.FAILED;
  }

  /** What was printed and is lost; a reader that has seen enough, as head has, loses nothing. */
  int lost(IOException failure) {
    if (StandardOutput.isReaderGone(failure)) {
      return ExitCodes.DONE;
    }
    print(
        ExitCodes.FAILED,
        "standard output cannot be written: %s: mend that, or let it go elsewhere"
            .formatted(failure.getMessage()));
    return ExitCodes.FAILED;
  }

  private void print(int code, String message) {
    answer(code, message);
    terminal.error("ghostmoe: " + Formats.oneLine(message));
  }

  private void answer(int code, String message) {
    if (json && !terminal.hasResult()) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("error", Formats.oneLine(message));
      values.put("exit_code", code);
      terminal.result(ResultJson.line(values));
    }
  }
}
