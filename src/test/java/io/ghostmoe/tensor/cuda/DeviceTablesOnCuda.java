package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tables come and go; one that a launch is about to use stays. */
class DeviceTablesOnCuda {
  /** More than are kept. */
  private static final int MANY = 10_000;

  /** Gives memory back at once, so that a table that is gone cannot be read. */
  private final CudaContext cuda = new CudaContext(CudaFixture.gpu(), CudaMemory.Reuse.NONE);

  @AfterEach
  void close() {
    cuda.close();
  }

  private int[] read(DevicePointer table) {
    int[] values = new int[2];
    cuda.staging().read(table, values);
    return values;
  }

  @Test
  void makingRoomForAnotherTakesNoneThatTheSameLaunchUses() {
    for (int i = 0; i < MANY; i++) {
      DevicePointer first = cuda.ints(i, -1);
      DevicePointer second = cuda.ints(i, -2);
      DevicePointer third = cuda.ints(i, -3);
      assertThat(read(first)).containsExactly(i, -1);
      assertThat(read(second)).containsExactly(i, -2);
      assertThat(read(third)).containsExactly(i, -3);
    }
  }

  @Test
  void whatIsUsedAgainStaysAndTheRestMakesRoom() {
    long address = cuda.ints(-1, -1).address();
    long before = cuda.memory().inUseBytes();
    for (int i = 0; i < MANY; i++) {
      cuda.ints(i, 0);
      assertThat(cuda.ints(-1, -1).address()).isEqualTo(address);
    }
    assertThat(cuda.memory().inUseBytes() - before).isLessThan(8L * MANY / 2);
  }
}
