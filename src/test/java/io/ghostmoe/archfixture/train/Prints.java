package io.ghostmoe.archfixture.train;

/** Prints from within the library. */
public final class Prints {
  void print() {
    System.err.println("loss");
  }
}
