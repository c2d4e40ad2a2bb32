package io.ghostmoe.cli;

/** A process that trains without end until it is interrupted. */
final class InterruptProcess {
  private InterruptProcess() {}

  public static void main(String[] args) {
    FakeEngine engine = new FakeEngine();
    engine.afterStep =
        step -> {
          try {
            Thread.sleep(5);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    Terminal terminal = Terminal.system();
    Cancellation cancellation = new Cancellation();
    InterruptHook.install(cancellation, terminal);
    System.exit(new CommandLineApp(engine, terminal, cancellation).run(args));
  }
}
