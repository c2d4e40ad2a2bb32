package io.ghostmoe.archfixture.tensor;

/** One operation has a body, so that a backend may lack it and compile. */
public interface Backend {
  void operation();

  default void forgotten() {}
}
