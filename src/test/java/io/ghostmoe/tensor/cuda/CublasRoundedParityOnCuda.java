package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.RoundedParityTest;

class CublasRoundedParityOnCuda extends RoundedParityTest {
  @Override
  protected Backend backend() {
    return CudaFixture.strictCublas(Precision.BF16);
  }
}
