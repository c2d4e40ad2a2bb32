package io.ghostmoe.tensor;

/**
 * What every backend must do whatever its precision, in cases whose answer is known without another
 * backend; a subclass only says which backend.
 */
public abstract class BackendSemanticsTest
    implements LayerSemantics,
        AttentionSemantics,
        RouterSemantics,
        GhostRouterSemantics,
        StatisticsSemantics,
        LossSemantics,
        OptimizerSemantics {
  /** A new backend; the test closes it. */
  @Override
  public abstract Backend backend();
}
