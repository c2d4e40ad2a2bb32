package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.ProductParityTest;

/** Every product is cuBLAS's, also those that are too small to gain by it. */
class CublasParityOnCuda extends ProductParityTest {
  @Override
  public Backend backend() {
    return CudaFixture.strictCublas(Precision.FP32);
  }
}
