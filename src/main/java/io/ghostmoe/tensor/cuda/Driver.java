package io.ghostmoe.tensor.cuda;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Turns the driver's error codes into exceptions that name the call and the kernels to blame. */
final class Driver {
  private final LaunchLog launches = new LaunchLog();

  LaunchLog launches() {
    return launches;
  }

  /**
   * Nothing for success.
   *
   * @param code what the call returned
   * @param call what was called, for the message
   */
  void check(int code, String call) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new CudaFailure(
          "%s: %s: %s. CUDA_LAUNCH_BLOCKING=1 in the environment makes the failing launch report itself"
              .formatted(call, text(code), launches.suspects()));
    }
  }

  /**
   * As {@link #check(int, String)}, the message put together only where it is needed.
   *
   * @param format of the call, with one integer
   */
  void check(int code, String format, long value) {
    if (code != CUresult.CUDA_SUCCESS) {
      check(code, format.formatted(value));
    }
  }

  /** As {@link #check(int, String)}, after a call that waited for everything before it. */
  void checkSettled(int code, String call) {
    check(code, call);
    launches.settle();
  }

  /** {@return name and description of an error} */
  static String text(int code) {
    String[] description = {""};
    JCudaDriver.cuGetErrorString(code, description);
    return "%s (%s)".formatted(CUresult.stringFor(code), description[0]);
  }
}
