package io.ghostmoe.tensor.cuda;

/**
 * What the inputs of large products are rounded to. Weights, sums and everything else stay in
 * single precision, the router too.
 */
public enum Precision {
  /** Not at all. */
  FP32,
  /** To bfloat16, on the way into the tensor cores; compute capability 8.0 or higher. */
  BF16;

  /** Below this extent a product stays in single precision: the router's, and a new token's. */
  private static final int LEAST_EXTENT = 64;

  /** {@return whether a GPU can compute so} */
  public boolean runsOn(Gpu gpu) {
    return this == FP32 || gpu.major() >= 8;
  }

  /** Whether a product of these extents is rounded. */
  boolean rounds(int m, int n, int k) {
    return this == BF16 && Math.min(m, Math.min(n, k)) >= LEAST_EXTENT;
  }
}
