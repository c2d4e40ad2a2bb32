package io.ghostmoe.tensor.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BiConsumer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/**
 * Copies between Java arrays and the device through pinned memory. A copy to the device returns
 * when the data is in pinned memory, so that it overlaps with the kernels before it; a chunk is
 * written again only when its copies are done.
 */
final class Staging {
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int CHUNKS = 3;

  private final Driver driver;
  private final CUstream stream;
  private final Chunk[] chunks = new Chunk[CHUNKS];
  private int current;
  private int filled;

  /**
   * Pinned memory.
   *
   * @param releases that give it back
   */
  Staging(Driver driver, CUstream stream, Releases releases) {
    this.driver = driver;
    this.stream = stream;
    for (int i = 0; i < CHUNKS; i++) {
      chunks[i] = new Chunk(driver, releases);
    }
  }

  /** Pinned memory and the event after which it may be written. */
  private static final class Chunk {
    final PinnedMemory memory;
    final CUevent copied = new CUevent();

    Chunk(Driver driver, Releases releases) {
      memory = new PinnedMemory(driver, CHUNK_BYTES, releases);
      driver.check(cuEventCreate(copied, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
      releases.add(() -> driver.check(cuEventDestroy(copied), "cuEventDestroy"));
    }
  }

  /** Copies an array to the device. */
  void write(float[] source, DevicePointer target) {
    write(source, source.length, target);
  }

  /** Copies the first {@code count} floats of an array to the device. */
  void write(float[] source, int count, DevicePointer target) {
    write(
        count,
        target,
        (bytes, from) -> bytes.asFloatBuffer().put(source, from, bytes.remaining() / 4));
  }

  /** Copies an array to the device. */
  void write(int[] source, DevicePointer target) {
    write(
        source.length,
        target,
        (bytes, from) -> bytes.asIntBuffer().put(source, from, bytes.remaining() / 4));
  }

  /** Copies 8-byte integers, such as addresses, to the device. */
  void write(long[] source, DevicePointer target) {
    int[] halves = new int[2 * source.length];
    ByteBuffer bytes = ByteBuffer.allocate(8 * source.length).order(ByteOrder.nativeOrder());
    bytes.asLongBuffer().put(source);
    bytes.asIntBuffer().get(halves);
    write(halves, target);
  }

  /** Copies from the device; returns when the array is filled and all before it is done. */
  void read(DevicePointer source, float[] target) {
    read(source, target, target.length);
  }

  /** Copies so many floats from the device; returns when they and all before are done. */
  void read(DevicePointer source, float[] target, int count) {
    read(
        count, source, (bytes, to) -> bytes.asFloatBuffer().get(target, to, bytes.remaining() / 4));
  }

  /** Copies from the device; returns when the array is filled and all before it is done. */
  void read(DevicePointer source, int[] target) {
    read(
        target.length,
        source,
        (bytes, to) -> bytes.asIntBuffer().get(target, to, bytes.remaining() / 4));
  }

  /** Waits for everything that was asked of the device. */
  void await(String call) {
    driver.checkSettled(cuStreamSynchronize(stream), call);
  }

  private void write(int words, DevicePointer target, BiConsumer<ByteBuffer, Integer> fill) {
    for (int done = 0; done < words; ) {
      int count = Math.min(words - done, (CHUNK_BYTES - filled) / 4);
      Chunk chunk = chunks[current];
      fill.accept(chunk.memory.words(filled, count), done);
      driver.check(
          cuMemcpyHtoDAsync(target.plus(4L * done), chunk.memory.from(filled), 4L * count, stream),
          "copy of %d bytes to the device",
          4L * count);
      done += count;
      filled += 4 * count;
      if (filled == CHUNK_BYTES) {
        turn();
      }
    }
  }

  /**
   * Has words copied from the device without waiting; they are there after the next wait.
   *
   * @param target with nothing in it that is still to be looked at
   */
  void fetch(DevicePointer source, PinnedMemory target, int words) {
    driver.check(
        cuMemcpyDtoHAsync(target.from(0), source, 4L * words, stream),
        "copy of %d bytes from the device",
        4L * words);
  }

  private void read(int words, DevicePointer source, BiConsumer<ByteBuffer, Integer> take) {
    if (words == 0) {
      await("waiting for the device");
    }
    for (int done = 0; done < words; ) {
      int count = Math.min(words - done, CHUNK_BYTES / 4);
      if (filled > 0) {
        turn();
      }
      Chunk chunk = chunks[current];
      fetch(source.plus(4L * done), chunk.memory, count);
      await("waiting for a copy from the device");
      take.accept(chunk.memory.words(0, count), done);
      done += count;
    }
  }

  /** Goes on with the next chunk, once its own copies are done. */
  private void turn() {
    driver.check(cuEventRecord(chunks[current].copied, stream), "cuEventRecord");
    current = (current + 1) % CHUNKS;
    filled = 0;
    driver.check(cuEventSynchronize(chunks[current].copied), "waiting for a copy to the device");
  }
}
