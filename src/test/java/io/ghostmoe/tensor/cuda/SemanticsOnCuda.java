package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendSemanticsTest;

class SemanticsOnCuda extends BackendSemanticsTest {
  @Override
  public Backend backend() {
    return CudaFixture.backend(CudaFixture.Order.FORWARD);
  }
}
