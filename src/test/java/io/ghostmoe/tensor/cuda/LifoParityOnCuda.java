package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendParityTest;

/** The threads of a block go on the last that became ready first, where they are emulated. */
class LifoParityOnCuda extends BackendParityTest {
  @Override
  public Backend backend() {
    return CudaFixture.backend(CudaFixture.Order.LIFO);
  }
}
