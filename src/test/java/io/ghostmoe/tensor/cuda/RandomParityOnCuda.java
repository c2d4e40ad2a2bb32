package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendParityTest;

/** The threads of a block go on in a drawn order, where they are emulated. */
class RandomParityOnCuda extends BackendParityTest {
  @Override
  public Backend backend() {
    return CudaFixture.backend(CudaFixture.Order.RANDOM);
  }
}
