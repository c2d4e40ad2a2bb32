package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cuda.CublasSearch.Share;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When cuBLAS multiplies, and what becomes of a run where it does not. */
class CublasOnCuda {
  private static CudaBackend backend(CublasSearch search) {
    return backend(search, Precision.FP32);
  }

  private static CudaBackend backend(CublasSearch search, Precision precision) {
    return CudaBackend.unpooled(CudaFixture.gpu(), precision, search);
  }

  /** The kernels of a dense layer, forward, without a bias. */
  private static Set<String> kernels(CudaBackend backend, int rows, int inputs, int outputs) {
    Tensor x = backend.allocate(DType.F32, rows, inputs);
    Tensor weight = backend.allocate(DType.F32, outputs, inputs);
    Tensor out = backend.allocate(DType.F32, rows, outputs);
    return backend.timed(() -> backend.linear(x, weight, null, out)).keySet();
  }

  @Test
  void largeProductsAreItsAndTheRoutersStayOurs() {
    try (CudaBackend backend = backend(CublasSearch.ofProcess())) {
      assertThat(backend.cublas()).isInstanceOf(CublasFinding.Used.class);
      assertThat(backend.description()).containsPattern(", cuBLAS 1[23]\\.\\d+$");
      assertThat(kernels(backend, 512, 512, 512)).containsExactly("cublas_nt_f32");
      assertThat(kernels(backend, 256, 32, 16_384)).containsExactly("cublas_nt_f32");
      assertThat(kernels(backend, 512, 512, 8)).contains("matmul_nt_64_f32");
      assertThat(kernels(backend, 1, 512, 512)).contains("matmul_nt_64_f32");
      assertThat(kernels(backend, 64, 65, 66)).containsExactly("matmul_nt_64_f32");
    }
  }

  @Test
  void ofRoundedProductsTheHeadsStayOurs() {
    try (CudaBackend backend = backend(CublasSearch.ofProcess(), Precision.BF16)) {
      assertThat(kernels(backend, 512, 512, 512)).contains("cublas_nt_bf16");
      assertThat(kernels(backend, 256, 64, 512)).contains("matmul_nt_bf16");
    }
  }

  @Test
  void withoutItOurKernelsMultiplyAndTheFirstLineSaysSo() {
    CublasSearch nowhere =
        new CublasSearch(List.of("libcublas.so.99"), "no libcublas.so.99", Share.LARGE);
    try (CudaBackend backend = backend(nowhere)) {
      assertThat(backend.cublas()).isEqualTo(new CublasFinding.Unused("no libcublas.so.99"));
      assertThat(backend.description())
          .endsWith(", matmul of its own (no cuBLAS: no libcublas.so.99)");
      assertThat(kernels(backend, 64, 65, 66)).containsExactly("matmul_nt_64_f32");
    }
  }

  @Test
  void anotherLibraryIsNoCublas() {
    try (CudaBackend backend =
        backend(new CublasSearch(List.of("libcuda.so.1"), "", Share.LARGE))) {
      assertThat(backend.cublas())
          .isInstanceOfSatisfying(
              CublasFinding.Unused.class,
              unused -> assertThat(unused.cause()).startsWith("libcuda.so.1: not the cuBLAS of"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cublasCreate_v2",
        "cublasSetStream_v2",
        "cublasSetWorkspace_v2",
        "cublasSetMathMode"
      })
  void oneThatDoesNotStartIsLeftOutAndKeepsNothing(String function) {
    needsTheEmulator();
    int held = CudaFixture.held();
    CudaFixture.fail(function, 0);
    try (CudaBackend backend =
        backend(new CublasSearch(List.of("libcublas.so.13"), "", Share.LARGE))) {
      assertThat(backend.cublas())
          .isInstanceOfSatisfying(
              CublasFinding.Unused.class,
              unused ->
                  assertThat(unused.cause())
                      .startsWith("libcublas.so.13: %s: CUBLAS_STATUS_".formatted(function)));
      assertThat(kernels(backend, 64, 65, 66)).containsExactly("matmul_nt_64_f32");
    }
    assertThat(CudaFixture.held()).isEqualTo(held);
  }

  @Test
  void theNextIsTriedWhereOneDoesNotStart() {
    needsTheEmulator();
    CudaFixture.fail("cublasCreate_v2", 0);
    List<String> twice = List.of("libcublas.so.13", "libcublas.so.13");
    try (CudaBackend backend = backend(new CublasSearch(twice, "", Share.LARGE))) {
      assertThat(backend.cublas()).isEqualTo(new CublasFinding.Used("13.0", "libcublas.so.13"));
    }
  }

  @Test
  void aProductThatFailsNamesTheFunctionAndTheShapes() {
    needsTheEmulator();
    try (CudaBackend backend = CudaFixture.strictCublas(Precision.FP32)) {
      CudaFixture.fail("cublasGemmEx", 0);
      assertThatThrownBy(() -> kernels(backend, 5, 6, 7))
          .isInstanceOf(CudaFailure.class)
          .hasMessageContainingAll(
              "cublasGemmEx: CUBLAS_STATUS_EXECUTION_FAILED", "cublas_nt_f32(m=5, n=7, k=6, a=0x");
    }
  }

  @ParameterizedTest
  @CsvSource({"none, 0", "cublasDestroy_v2, 1"})
  void whatItHoldsIsGivenBackWithTheContext(String function, int kept) {
    needsTheEmulator();
    int held = CudaFixture.held();
    CudaBackend backend = CudaFixture.strictCublas(Precision.FP32);
    kernels(backend, 5, 6, 7);
    CudaFixture.fail(function, 0);
    if (kept == 0) {
      backend.close();
    } else {
      assertThatThrownBy(backend::close)
          .isInstanceOf(CudaFailure.class)
          .hasMessage(function + ": CUBLAS_STATUS_EXECUTION_FAILED");
    }
    assertThat(CudaFixture.held()).isEqualTo(held + kept);
  }

  private static void needsTheEmulator() {
    assumeTrue(CudaFixture.isEmulated(), "a real driver does not fail when it is told to");
  }
}
