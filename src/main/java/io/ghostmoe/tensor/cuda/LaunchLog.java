package io.ghostmoe.tensor.cuda;

import java.util.Arrays;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The last launches since the host last waited. A kernel that fails is reported by some later call,
 * which knows nothing of it; this does.
 */
final class LaunchLog {
  private static final int KEPT = 8;

  private final @Nullable Kernel[] kernels = new Kernel[KEPT];
  private final @Nullable Grid[] grids = new Grid[KEPT];
  private final long[][] arguments = new long[KEPT][ArgumentBlock.MOST];
  private long count;
  private long settled;

  /** Notes a launch; the arguments are copied. */
  void add(Kernel kernel, Grid grid, long[] values) {
    int slot = (int) (count++ % KEPT);
    kernels[slot] = kernel;
    grids[slot] = grid;
    System.arraycopy(values, 0, arguments[slot], 0, kernel.parameters());
  }

  /** Every launch so far has ended well. */
  void settle() {
    settled = count;
  }

  /** {@return the launches that may be to blame, the newest last, one line} */
  String suspects() {
    long first = Math.max(settled, count - KEPT);
    if (first == count) {
      return "no kernel was launched since the host last waited";
    }
    StringJoiner text =
        new StringJoiner("; ", "launched since the host last waited, the newest last: ", "");
    if (first > settled) {
      text.add("%d others".formatted(first - settled));
    }
    for (long i = first; i < count; i++) {
      int slot = (int) (i % KEPT);
      Kernel kernel = kernels[slot];
      if (kernel != null) {
        text.add(
            kernel.call(Arrays.copyOf(arguments[slot], kernel.parameters()))
                + " on "
                + grids[slot]);
      }
    }
    return text.toString();
  }
}
