package io.ghostmoe.archfixture.train;

/** Prints an exception instead of throwing it. */
public final class PrintsAStackTrace {
  void swallow(IllegalStateException exception) {
    exception.printStackTrace();
  }
}
