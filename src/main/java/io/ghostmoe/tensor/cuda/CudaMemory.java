package io.ghostmoe.tensor.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_OUT_OF_MEMORY;

import io.ghostmoe.base.ByteSizes;
import io.ghostmoe.base.UserException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import jcuda.driver.JCudaDriver;

/**
 * Device memory in size classes that is handed out again without asking the driver. Everything runs
 * on one stream, so memory that is given back is free for whatever is launched next: the order of
 * the stream is the only one there is, and the host waits for nothing.
 *
 * <p>Of our own because JCuda cannot set the release threshold of the driver's pool, which without
 * it returns all memory to the system whenever the host waits.
 */
final class CudaMemory implements AutoCloseable {
  /** What becomes of memory that is given back. */
  enum Reuse {
    /** It is kept for the next of its size. */
    POOLED,
    /** It goes back to the driver at once, so that a checking driver sees every use of it. */
    NONE
  }

  private static final long LEAST = 256;

  private final Driver driver;
  private final Reuse reuse;
  private final Map<Long, Deque<DevicePointer>> idle = new HashMap<>();
  private final Set<CudaBuffer> live = Collections.newSetFromMap(new IdentityHashMap<>());
  private long inUse;
  private long held;

  CudaMemory(Driver driver, Reuse reuse) {
    this.driver = driver;
    this.reuse = reuse;
  }

  /** Memory with undefined contents. */
  CudaBuffer allocate(long bytes) {
    if (bytes == 0) {
      return new CudaBuffer(this, new DevicePointer(), 0);
    }
    long size = sizeClass(bytes);
    Deque<DevicePointer> waiting = idle.get(size);
    DevicePointer pointer = waiting == null ? null : waiting.pollLast();
    CudaBuffer buffer = new CudaBuffer(this, pointer == null ? fresh(size, bytes) : pointer, bytes);
    live.add(buffer);
    inUse += size;
    return buffer;
  }

  /** Called once for each buffer, by its {@link CudaBuffer#close}. */
  void reclaim(CudaBuffer buffer, DevicePointer pointer) {
    if (!live.remove(buffer)) {
      return; // of no bytes
    }
    long size = sizeClass(buffer.bytes());
    inUse -= size;
    switch (reuse) {
      case POOLED -> idle.computeIfAbsent(size, any -> new ArrayDeque<>()).addLast(pointer);
      case NONE -> free(pointer, size);
    }
  }

  /** {@return bytes that tensors and scratch memory hold, rounded up to their size classes} */
  long inUseBytes() {
    return inUse;
  }

  /** {@return bytes taken from the driver, idle ones included} */
  long heldBytes() {
    return held;
  }

  /** Steps of an eighth of the size: at most an eighth is wasted, and few classes exist. */
  private long sizeClass(long bytes) {
    if (reuse == Reuse.NONE) {
      return bytes;
    }
    long step = Math.max(LEAST, Long.highestOneBit(bytes) / 8);
    return Math.ceilDiv(bytes, step) * step;
  }

  private DevicePointer fresh(long size, long asked) {
    DevicePointer pointer = new DevicePointer();
    int code = JCudaDriver.cuMemAlloc(pointer, size);
    if (code == CUDA_ERROR_OUT_OF_MEMORY && held > inUse) {
      trim();
      code = JCudaDriver.cuMemAlloc(pointer, size);
    }
    if (code == CUDA_ERROR_OUT_OF_MEMORY) {
      throw exhausted(asked);
    }
    driver.check(code, "cuMemAlloc of %d bytes", size);
    held += size;
    return pointer;
  }

  private UserException exhausted(long asked) {
    long[] free = {0};
    long[] total = {0};
    JCudaDriver.cuMemGetInfo(free, total);
    return UserException.environment(
        "the GPU is out of memory: %s asked for, %s in use by this run, %s of %s free: lower"
                .formatted(
                    ByteSizes.text(asked),
                    ByteSizes.text(inUse),
                    ByteSizes.text(free[0]),
                    ByteSizes.text(total[0]))
            + " --batch-size (and raise --grad-accumulation), --max-seq-length or --embed-dim.");
  }

  /** Gives idle memory back to the driver, which waits for the kernels that use it. */
  private void trim() {
    try (Releases all = new Releases()) {
      idle.forEach(
          (size, pointers) -> pointers.forEach(pointer -> all.add(() -> free(pointer, size))));
      idle.clear();
    }
  }

  private void free(DevicePointer pointer, long size) {
    driver.check(JCudaDriver.cuMemFree(pointer), "cuMemFree of %d bytes", size);
    held -= size;
  }

  /** Gives everything back to the driver, whoever holds it. */
  @Override
  public void close() {
    try (Releases all = new Releases()) {
      all.add(this::trim); // last, for what comes back until then
      live.forEach(buffer -> all.add(buffer::close));
    }
  }
}
