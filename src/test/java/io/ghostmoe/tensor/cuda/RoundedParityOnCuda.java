package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.RoundedParityTest;

class RoundedParityOnCuda extends RoundedParityTest {
  @Override
  protected Backend backend() {
    return CudaBackend.unpooled(CudaFixture.gpu(), Precision.BF16);
  }
}
