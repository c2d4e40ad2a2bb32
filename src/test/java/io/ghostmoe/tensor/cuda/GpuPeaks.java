package io.ghostmoe.tensor.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/**
 * What a card can do at most: bandwidth as a copy reaches it, single precision by its clock.
 *
 * @param bytesPerSecond read and written by a copy within the device
 * @param flops in single precision, without tensor cores
 */
record GpuPeaks(double bytesPerSecond, double flops) {
  private static final int REPETITIONS = 20;

  static GpuPeaks of(CudaContext cuda, long bytes) {
    return new GpuPeaks(bandwidth(cuda, bytes), flops(cuda.gpu()));
  }

  private static double bandwidth(CudaContext cuda, long bytes) {
    try (CudaBuffer from = cuda.scratch(bytes);
        CudaBuffer to = cuda.scratch(bytes)) {
      cuda.memset(from.pointer(), bytes, 0);
      cuda.copy(from.pointer(), to.pointer(), bytes);
      cuda.staging().await("warming up");
      long begin = System.nanoTime();
      for (int i = 0; i < REPETITIONS; i++) {
        cuda.copy(from.pointer(), to.pointer(), bytes);
      }
      cuda.staging().await("copying");
      return 2.0 * bytes * REPETITIONS / ((System.nanoTime() - begin) * 1e-9);
    }
  }

  private static double flops(Gpu gpu) {
    CUdevice device = new CUdevice();
    JCudaDriver.cuDeviceGet(device, gpu.index());
    int[] kilohertz = {0};
    JCudaDriver.cuDeviceGetAttribute(
        kilohertz, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE, device);
    boolean half = gpu.major() < 8 || (gpu.major() == 8 && gpu.minor() == 0);
    return 2.0 * (half ? 64 : 128) * gpu.multiprocessors() * kilohertz[0] * 1e3;
  }

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("copy_gb_per_second", bytesPerSecond * 1e-9);
    json.put("fp32_tflops_by_clock", flops * 1e-12);
    return json;
  }
}
