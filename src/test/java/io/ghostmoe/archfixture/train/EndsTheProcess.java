package io.ghostmoe.archfixture.train;

/** Ends the program that it is a part of, from a lambda. */
public final class EndsTheProcess {
  Runnable end() {
    return () -> System.exit(1);
  }
}
