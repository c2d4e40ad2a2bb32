package io.ghostmoe.archfixture.tensor;

/** A part of the backend's contract, with a body as well. */
public interface ExpertOperations {
  void operation();

  default void forgotten() {}
}
