package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendParityTest;

class VectorBackendParityTest extends BackendParityTest {
  @Override
  public Backend backend() {
    return new VectorBackend(2);
  }
}
