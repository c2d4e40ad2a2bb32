package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendParityTest;

/** The threads of a block go on from the last to the first, where they are emulated. */
class ReverseParityOnCuda extends BackendParityTest {
  @Override
  public Backend backend() {
    return CudaFixture.backend(CudaFixture.Order.REVERSE);
  }
}
