package io.ghostmoe.tensor;

/** The part of {@link BackendParityTest} in which dense matrices are multiplied. */
public abstract class ProductParityTest implements DenseParity, LossParity {
  /** A new backend; the test closes it. */
  @Override
  public abstract Backend backend();
}
