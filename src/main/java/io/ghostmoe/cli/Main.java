package io.ghostmoe.cli;

/** The program {@code ghostmoe}. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    Terminal terminal = Terminal.system();
    Cancellation cancellation = new Cancellation();
    InterruptHook.install(cancellation, terminal);
    System.exit(new CommandLineApp(new LocalEngine(), terminal, cancellation).run(args));
  }
}
