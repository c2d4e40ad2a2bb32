package io.ghostmoe.tensor.cuda;

/**
 * An NVIDIA GPU that was found.
 *
 * @param index of the device, as the driver counts
 * @param name that its maker gave it
 * @param major of the compute capability
 * @param minor of the compute capability
 * @param memoryBytes of the device
 * @param multiprocessors streaming multiprocessors
 */
public record Gpu(
    int index, String name, int major, int minor, long memoryBytes, int multiprocessors) {
  /** {@return name, compute capability and memory, in one line} */
  @Override
  public String toString() {
    return "%s, compute capability %d.%d, %.1f GiB"
        .formatted(name, major, minor, memoryBytes / (double) (1L << 30));
  }
}
