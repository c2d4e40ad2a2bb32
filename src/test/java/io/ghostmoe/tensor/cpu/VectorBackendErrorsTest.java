package io.ghostmoe.tensor.cpu;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendErrorsTest;

class VectorBackendErrorsTest extends BackendErrorsTest {
  @Override
  protected Backend backend() {
    return new VectorBackend(2);
  }
}
