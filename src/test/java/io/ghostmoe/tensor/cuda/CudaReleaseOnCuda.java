package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever fails, the rest is given back. */
class CudaReleaseOnCuda {
  @BeforeEach
  void needsTheEmulator() {
    assumeTrue(CudaFixture.isEmulated(), "a real driver does not fail when it is told to");
  }

  @ParameterizedTest
  @CsvSource({
    "cuDevicePrimaryCtxRetain, 0",
    "cuCtxSetCurrent, 0",
    "cuStreamCreate, 0",
    "cuMemHostAlloc, 0",
    "cuMemHostAlloc, 2",
    "cuEventCreate, 0",
    "cuEventCreate, 1",
    "cuMemAlloc_v2, 0",
    "cuMemcpyHtoDAsync_v2, 0"
  })
  void aContextThatCannotBeMadeKeepsNothing(String call, int before) {
    int held = CudaFixture.held();
    CudaFixture.fail(call, before);
    assertThatThrownBy(() -> new CudaContext(CudaFixture.gpu(), CudaMemory.Reuse.POOLED))
        .isInstanceOf(CudaFailure.class)
        .hasMessageContaining(call + " was to fail");
    assertThat(CudaFixture.held()).isEqualTo(held);
  }

  @ParameterizedTest
  @CsvSource({
    "cuStreamSynchronize, 0, 0",
    "cuMemFree_v2, 0, 1",
    "cuMemFree_v2, 1, 1",
    "cuEventDestroy_v2, 0, 1",
    "cuMemFreeHost, 1, 1",
    "cuModuleUnload, 0, 1",
    "cuStreamDestroy_v2, 0, 1",
    "cuDevicePrimaryCtxRelease_v2, 0, 1"
  })
  void aReleaseThatFailsKeepsNothingElse(String call, int before, int kept) {
    int held = CudaFixture.held();
    CudaContext cuda = new CudaContext(CudaFixture.gpu(), CudaMemory.Reuse.POOLED);
    CudaBuffer used = cuda.scratch(64);
    new FillKernels(cuda).fillF32(Grid.of(1, 32), used.pointer(), 16, 1);
    cuda.ints(1, 2, 3);
    cuda.scratch(4096).close();
    CudaFixture.fail(call, before);
    assertThatThrownBy(cuda::close)
        .isInstanceOf(CudaFailure.class)
        .hasMessageContaining(call + " was to fail");
    assertThat(CudaFixture.held()).isEqualTo(held + kept);
  }
}
