package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendSemanticsTest;

class VectorBackendSemanticsTest extends BackendSemanticsTest {
  @Override
  public Backend backend() {
    return new VectorBackend(2);
  }
}
