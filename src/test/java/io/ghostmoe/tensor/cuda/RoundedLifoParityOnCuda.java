package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.RoundedParityTest;

/** Warps that run ahead of each other as far as barriers let them. */
class RoundedLifoParityOnCuda extends RoundedParityTest {
  @Override
  protected Backend backend() {
    return CudaFixture.backend(CudaFixture.Order.LIFO, Precision.BF16);
  }
}
