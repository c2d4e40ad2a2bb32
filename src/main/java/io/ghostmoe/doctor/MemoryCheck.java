package io.ghostmoe.doctor;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** Memory of the machine, or of the container, and what of it Java may use. */
final class MemoryCheck {
  private MemoryCheck() {}

  /** Bytes of the machine or the container; −1 where the system does not say. */
  static long physical() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : -1;
  }

  /**
   * @param physical bytes; −1 where that is not known
   * @param heap bytes that Java may use for objects, tensors among them
   * @param needed bytes of the smallest run that must be possible
   */
  static Check of(long physical, long heap, long needed) {
    String found =
        "%sJava may use %s".formatted(physical < 0 ? "" : gib(physical) + ", of which ", gib(heap));
    return heap >= needed
        ? Check.ok("memory", found)
        : Check.fail(
            "memory",
            "%s, the smallest run that ghostmoe train offers needs %s"
                .formatted(found, gib(needed)),
            "raise -Xmx in GHOSTMOE_JAVA_OPTS, for example GHOSTMOE_JAVA_OPTS=-Xmx2g");
  }

  static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
  }
}
