package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendSemanticsTest;

class ScalarBackendSemanticsTest extends BackendSemanticsTest {
  @Override
  public Backend backend() {
    return ScalarBackend.float32();
  }
}
