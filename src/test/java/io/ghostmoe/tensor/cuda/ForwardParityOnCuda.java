package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendParityTest;

/** The threads of a block go on by index, where they are emulated. */
class ForwardParityOnCuda extends BackendParityTest {
  @Override
  public Backend backend() {
    return CudaFixture.backend(CudaFixture.Order.FORWARD);
  }
}
