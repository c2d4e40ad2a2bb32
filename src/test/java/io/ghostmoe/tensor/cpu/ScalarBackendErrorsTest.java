package io.ghostmoe.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.BackendErrorsTest;
import io.ghostmoe.tensor.Buffer;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Shape;
import io.ghostmoe.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ScalarBackendErrorsTest extends BackendErrorsTest {
  @Override
  protected Backend backend() {
    return ScalarBackend.float32();
  }

  @Test
  void aTensorOfAnotherBackendIsRefused() {
    Buffer elsewhere = () -> 12;
    Tensor foreign = new Tensor(Shape.of(3), DType.F32, elsewhere);
    try (ScalarBackend backend = ScalarBackend.float64()) {
      assertThatThrownBy(() -> backend.fill(foreign, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("belongs to another backend");
    }
  }

  @Test
  void newMemoryIsNotZero() {
    try (ScalarBackend backend = ScalarBackend.float64()) {
      double[] values = new double[3];
      backend.read(backend.allocate(DType.F32, 3), values);
      assertThat(values).containsOnly(Double.NaN);
    }
  }

  @Test
  void float64KeepsEveryBitOfADouble() {
    try (ScalarBackend backend = ScalarBackend.float64()) {
      Tensor x = backend.allocate(DType.F32, 1);
      backend.write(new double[] {Math.PI}, x);
      double[] back = new double[1];
      backend.read(x, back);
      assertThat(back).containsExactly(Math.PI);
    }
  }
}
