package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.RoundedParityTest;

class RoundedParityOnCuda extends RoundedParityTest {
  @Override
  protected Backend backend() {
    return CudaFixture.backend(CudaFixture.Order.FORWARD, Precision.BF16);
  }
}
