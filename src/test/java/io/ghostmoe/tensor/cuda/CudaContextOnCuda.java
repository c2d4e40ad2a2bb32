package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ghostmoe.base.UserException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stands between the operations and the driver. */
class CudaContextOnCuda {
  private final CudaContext cuda = new CudaContext(CudaFixture.gpu(), CudaMemory.Reuse.POOLED);
  private final FillKernels fill = new FillKernels(cuda);

  @AfterEach
  void close() {
    cuda.close();
  }

  private void fill(CudaBuffer target, float value) {
    long n = target.bytes() / 4;
    fill.fillF32(Grid.covering(n, 256), target.pointer(), n, value);
  }

  private float[] read(CudaBuffer source) {
    float[] values = new float[(int) (source.bytes() / 4)];
    cuda.staging().read(source.pointer(), values);
    return values;
  }

  @Test
  void copiesLargerThanPinnedMemoryArriveWhole() {
    float[] values = new float[3_500_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    try (CudaBuffer buffer = cuda.scratch(4L * values.length)) {
      cuda.staging().write(values, buffer.pointer());
      assertThat(read(buffer)).isEqualTo(values);
    }
  }

  @Test
  void manySmallCopiesKeepTheirOrder() {
    try (CudaBuffer buffer = cuda.scratch(4)) {
      for (int i = 0; i < 20_000; i++) {
        cuda.staging().write(new int[] {i}, buffer.pointer());
      }
      int[] last = new int[1];
      cuda.staging().read(buffer.pointer(), last);
      assertThat(last).containsExactly(19_999);
    }
  }

  @Test
  void memoryIsCountedAndHandedOutAgain() {
    long before = cuda.memory().inUseBytes();
    CudaBuffer first = cuda.scratch(1000);
    long address = first.pointer().address();
    assertThat(cuda.memory().inUseBytes()).isEqualTo(before + 1024);
    first.close();
    first.close();
    assertThat(cuda.memory().inUseBytes()).isEqualTo(before);
    try (CudaBuffer second = cuda.scratch(1024)) {
      assertThat(second.pointer().address()).isEqualTo(address);
      fill(second, 3);
      assertThat(read(second)).containsOnly(3);
    }
    assertThatThrownBy(first::pointer).hasMessageContaining("used after its release");
    assertThat(cuda.scratch(0).pointer().address()).isZero();
  }

  @Test
  void tablesThatHoldTheSameAreOne() {
    assertThat(cuda.ints(1, 2).address()).isEqualTo(cuda.ints(1, 2).address());
    assertThat(cuda.ints(1, 2).address()).isNotEqualTo(cuda.ints(2, 1).address());
    int[] back = new int[2];
    cuda.staging().read(cuda.ints(2, 1), back);
    assertThat(back).containsExactly(2, 1);
  }

  @Test
  void memoryThatIsNotThereIsToldWithWhatWasAskedAndWhatToLower() {
    assertThatThrownBy(() -> cuda.scratch(1L << 45))
        .isInstanceOfSatisfying(
            UserException.class,
            e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
        .hasMessageContainingAll("32.0 TiB asked for", "lower --batch-size");
  }

  @Test
  void anOperandThatAKernelRefusedIsRaisedOnce() {
    DevicePointer record = cuda.error("embedding");
    cuda.staging().write(new int[] {1, 50_257, 3, 50_257}, record);
    assertThatThrownBy(() -> cuda.read(record, new int[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embedding: id 50257 at row 3 is not in [0, 50257)");
    cuda.read(record, new int[4]);
  }

  @Test
  void aReadWaitsOnceAndOneOfNothingWaitsToo() {
    assumeTrue(CudaFixture.isEmulated(), "a real driver does not fail when it is told to");
    try (CudaBuffer buffer = cuda.scratch(4)) {
      fill(buffer, 7);
      float[] values = new float[1];
      CudaFixture.fail("cuStreamSynchronize", 1);
      cuda.read(buffer.pointer(), values);
      assertThat(values).containsExactly(7);
      DevicePointer nothing = cuda.scratch(0).pointer();
      assertThatThrownBy(() -> cuda.read(nothing, new float[0])).isInstanceOf(CudaFailure.class);
    }
  }

  @Test
  void anErrorNamesTheKernelAndItsArguments() {
    assumeTrue(CudaFixture.isEmulated(), "a real GPU would not recover");
    CudaContext strict = new CudaContext(CudaFixture.gpu(), CudaMemory.Reuse.NONE);
    CudaBuffer gone = strict.scratch(64);
    DevicePointer dangling = gone.pointer();
    gone.close();
    assertThatThrownBy(() -> new FillKernels(strict).fillF32(Grid.of(1, 32), dangling, 16, 2.5f))
        .isInstanceOf(CudaFailure.class)
        .hasMessageContainingAll(
            "launch of fill_f32",
            "not live device memory",
            "fill_f32(out=0x%x, n=16, value=2.5)".formatted(dangling.address()),
            "(1,1,1) blocks of (32,1,1) threads");
    strict.close();
  }

  @Test
  void aGridWithoutBlocksIsNoLaunch() {
    try (CudaBuffer buffer = cuda.scratch(4)) {
      fill(buffer, 7);
      fill.fillF32(Grid.covering(0, 256), buffer.pointer(), 0, 9);
      assertThat(read(buffer)).containsExactly(7);
    }
    assertThat(Arrays.asList(Grid.of(0, 1).isEmpty(), Grid.of(1, 0, 1, 1).isEmpty()))
        .containsOnly(true);
  }
}
