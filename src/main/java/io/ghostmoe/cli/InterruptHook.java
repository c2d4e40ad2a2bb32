package io.ghostmoe.cli;

/**
 * Lets a command save before Ctrl-C, or a polite kill, ends the process: asks it to stop and holds
 * the end back until it has, then ends with the command's own exit code.
 */
public final class InterruptHook {
  private InterruptHook() {}

  /** Installs the hook for one command. */
  public static void install(Cancellation cancellation, Terminal terminal) {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> shutDown(cancellation, terminal), "interrupt"));
  }

  private static void shutDown(Cancellation cancellation, Terminal terminal) {
    if (cancellation.isFinished()) {
      return; // an ordinary end
    }
    cancellation.request(); // before the question: a command asks the other way round
    if (cancellation.isIdle()) {
      terminal.text(terminal.isInteractive() ? System.lineSeparator() : "");
      Runtime.getRuntime().halt(ExitCodes.INTERRUPTED);
    }
    terminal.error("ghostmoe: interrupted, ending safely");
    try {
      Runtime.getRuntime().halt(cancellation.awaitFinished());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
