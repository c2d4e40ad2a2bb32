package io.ghostmoe.tensor.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.Pointer;

/**
 * The arguments of one launch as the driver wants them, an array of pointers to values, in memory
 * that every launch writes anew: the driver copies the values before the launch returns.
 */
final class ArgumentBlock implements AutoCloseable {
  /** The most parameters of a kernel. */
  static final int MOST = 40;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment values = arena.allocate(ValueLayout.JAVA_LONG, MOST);
  private final Pointer addresses;
  private final long[] noted = new long[MOST];
  private int count;

  ArgumentBlock() {
    MemorySegment table = arena.allocate(ValueLayout.ADDRESS, MOST);
    for (int i = 0; i < MOST; i++) {
      table.setAtIndex(ValueLayout.ADDRESS, i, values.asSlice(i * 8L, 8));
    }
    addresses = Pointer.toBuffer(table.asByteBuffer());
  }

  void clear() {
    count = 0;
  }

  void pointer(DevicePointer value) {
    wide(value.address());
  }

  void wide(long value) {
    values.setAtIndex(ValueLayout.JAVA_LONG, count, value);
    noted[count++] = value;
  }

  void integer(int value) {
    values.set(ValueLayout.JAVA_INT, count * 8L, value);
    noted[count++] = value;
  }

  void real(float value) {
    values.set(ValueLayout.JAVA_FLOAT, count * 8L, value);
    noted[count++] = Float.floatToRawIntBits(value);
  }

  int count() {
    return count;
  }

  /** For the driver. */
  Pointer addresses() {
    return addresses;
  }

  /** The raw bits of each argument, for the log. */
  long[] noted() {
    return noted;
  }

  @Override
  public void close() {
    arena.close();
  }
}
