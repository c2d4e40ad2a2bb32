package io.ghostmoe.tensor;

/**
 * The one body of tests that holds every backend to the float64 scalar backend; a subclass only
 * says which backend. The cases are in the interfaces, one for each family of operations.
 */
public abstract class BackendParityTest
    implements ElementwiseParity,
        DenseParity,
        NormParity,
        AttentionParity,
        RouterParity,
        ExpertParity,
        StatisticsParity,
        LossParity,
        OptimizerParity {
  /** A new backend; the test closes it. */
  @Override
  public abstract Backend backend();
}
