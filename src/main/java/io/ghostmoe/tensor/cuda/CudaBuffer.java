package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Buffer;

/**
 * Device memory of one tensor, or scratch memory of one operation. Closing gives it back in the
 * order of the stream: kernels that were launched before still own it.
 */
final class CudaBuffer implements Buffer, AutoCloseable {
  private final CudaMemory memory;
  private final DevicePointer pointer;
  private final long bytes;
  private boolean closed;

  CudaBuffer(CudaMemory memory, DevicePointer pointer, long bytes) {
    this.memory = memory;
    this.pointer = pointer;
    this.bytes = bytes;
  }

  DevicePointer pointer() {
    if (closed) {
      throw new IllegalStateException(
          "device memory of %d bytes is used after its release".formatted(bytes));
    }
    return pointer;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** Idempotent. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.reclaim(this, pointer);
    }
  }
}
