package io.ghostmoe.archfixture.train;

/** Ends the program without its shutdown hooks. */
public final class HaltsTheProcess {
  void end() {
    Runtime.getRuntime().halt(1);
  }
}
