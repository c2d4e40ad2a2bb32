package io.ghostmoe.tensor.cuda;

import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;

/** Memory of the host that stays where it is, so that the device copies while the host goes on. */
final class PinnedMemory {
  private final Pointer pointer = new Pointer();
  private final ByteBuffer bytes;

  /**
   * New memory.
   *
   * @param releases that give it back
   */
  PinnedMemory(Driver driver, int size, Releases releases) {
    driver.check(cuMemHostAlloc(pointer, size, 0), "cuMemHostAlloc of %d bytes", size);
    releases.add(() -> driver.check(cuMemFreeHost(pointer), "cuMemFreeHost"));
    bytes = pointer.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
  }

  /** What begins so many bytes further on, for the driver. */
  Pointer from(int offset) {
    return pointer.withByteOffset(offset);
  }

  /** Some 4-byte words of it, for the host. */
  ByteBuffer words(int offset, int count) {
    return bytes.slice(offset, 4 * count).order(ByteOrder.nativeOrder());
  }
}
