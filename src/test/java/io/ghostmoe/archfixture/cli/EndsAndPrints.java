package io.ghostmoe.archfixture.cli;

/** The command line may. */
public final class EndsAndPrints {
  void end() {
    System.out.println("done");
    System.exit(0);
  }
}
