package io.ghostmoe.device;

/** Selects the CPU in a process of its own, which may lack the vector module. */
final class FallbackProcess {
  private FallbackProcess() {}

  public static void main(String[] arguments) {
    try (Device device = Device.select(Device.Choice.valueOf(arguments[0]), 1)) {
      System.out.println(device.reason());
    }
  }
}
