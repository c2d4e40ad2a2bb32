package io.ghostmoe.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Model.CommandSpec;

/** All commands over an engine and a terminal; no part of it ends the process. */
public final class CommandLineApp {
  private static final int WIDEST_HELP = 100;
  private static final int NARROWEST_HELP = 55; // picocli's own bound

  private final Terminal terminal;
  private final Cancellation cancellation;
  private final CommandLine commandLine;

  /**
   * @param engine that does the work
   * @param cancellation by which somebody else can ask to stop
   */
  public CommandLineApp(Engine engine, Terminal terminal, Cancellation cancellation) {
    this.terminal = terminal;
    this.cancellation = cancellation;
    CommandSpec root = new HelpOnly(terminal).named("ghostmoe");
    root.usageMessage()
        .description(
            "Trains mixture-of-experts language models on the JVM.",
            "First result: ghostmoe train");
    root.version(Version.lines());
    root.usageMessage().sortOptions(false);
    OutputOptions.addHelp(root);
    OutputOptions.addVersion(root);
    OutputOptions.addDebug(root);
    PrototypeFlags.addTo(root);
    root.addSubcommand("estimate", new EstimateCommand(engine, terminal, cancellation).spec());
    root.addSubcommand("train", new TrainCommand(engine, terminal, cancellation).spec());
    root.addSubcommand("prepare", new PrepareCommand(engine, terminal, cancellation).spec());
    root.addSubcommand("datasets", new DatasetsCommand(engine, terminal, cancellation).spec());
    root.addSubcommand("eval", new EvalCommand(engine, terminal, cancellation).spec());
    root.addSubcommand("generate", new GenerateCommand(engine, terminal, cancellation).spec());
    root.addSubcommand("inspect", new InspectCommand(engine, terminal).spec());
    root.addSubcommand("doctor", new DoctorCommand(engine, terminal).spec());
    root.addSubcommand("completion", new CompletionCommand(terminal).spec());
    this.commandLine = configured(new CommandLine(root));
  }

  private CommandLine configured(CommandLine line) {
    ColorScheme colours =
        CommandLine.Help.defaultColorScheme(terminal.hasColours() ? Ansi.ON : Ansi.OFF);
    return line.setColorScheme(colours)
        .setOut(new PrintWriter(terminal.out(), true, terminal.out().charset()))
        .setErr(new PrintWriter(terminal.err(), true, terminal.err().charset()))
        .setUsageHelpWidth(
            terminal.isInteractive()
                ? Math.clamp(terminal.width(), NARROWEST_HELP, WIDEST_HELP)
                : WIDEST_HELP)
        .setExpandAtFiles(false); // a prompt may begin with @
  }

  /**
   * Runs a command.
   *
   * @return 0 done, 1 failed, 2 the input is wrong, 130 interrupted and saved
   */
  public int run(String... args) {
    Errors errors = new Errors(terminal, cancellation, args);
    commandLine.setParameterExceptionHandler(errors).setExecutionExceptionHandler(errors);
    int code = ExitCodes.FAILED;
    try {
      code =
          commandLine.execute(PrototypeFlags.replace(args, commandLine.getSubcommands().keySet()));
      if (code == ExitCodes.DONE) {
        code = terminal.lost().map(errors::lost).orElse(code);
      }
    } catch (Throwable failure) { // picocli hands on errors such as a full memory
      code = errors.uncaught(failure);
    } finally {
      cancellation.finish(code);
    }
    return code;
  }
}
