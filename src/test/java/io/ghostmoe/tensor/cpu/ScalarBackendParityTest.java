package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendParityTest;

class ScalarBackendParityTest extends BackendParityTest {
  @Override
  public Backend backend() {
    return ScalarBackend.float32();
  }
}
