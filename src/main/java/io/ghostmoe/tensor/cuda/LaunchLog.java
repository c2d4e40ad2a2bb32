package io.ghostmoe.tensor.cuda;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The last launches since the host last waited, those of cuBLAS among them. A kernel that fails is
 * reported by some later call, which knows nothing of it; this does.
 */
final class LaunchLog {
  private static final int KEPT = 8;

  private final @Nullable CallSignature[] calls = new CallSignature[KEPT];
  private final @Nullable Grid[] grids = new Grid[KEPT];
  private final long[][] arguments = new long[KEPT][ArgumentBlock.MOST];
  private long count;
  private long settled;

  /**
   * Notes a launch; the arguments are copied.
   *
   * @param grid of our own kernels; a library keeps its to itself
   */
  void add(CallSignature call, @Nullable Grid grid, long[] values) {
    int slot = (int) (count++ % KEPT);
    calls[slot] = call;
    grids[slot] = grid;
    System.arraycopy(values, 0, arguments[slot], 0, call.count());
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
      CallSignature call = calls[slot];
      if (call != null) {
        Grid grid = grids[slot];
        text.add(call.text(arguments[slot]) + (grid == null ? "" : " on " + grid));
      }
    }
    return text.toString();
  }
}
