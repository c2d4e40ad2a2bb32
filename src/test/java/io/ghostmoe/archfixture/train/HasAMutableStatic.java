package io.ghostmoe.archfixture.train;

/** A counter that all trainings share. */
public final class HasAMutableStatic {
  static int steps;

  void step() {
    steps++;
  }
}
