package io.ghostmoe.tensor.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/** One kernel: found in its module at the first launch, and launched by its typed launcher. */
final class Kernel {
  private final CudaContext cuda;
  private final String module;
  private final CallSignature call;
  private @Nullable CUfunction function;

  /**
   * What was asked for. 48 KB less the kernel's own variables need not be (CUDA C++ guide, 20.8.3),
   * but how much these take only the driver knows.
   */
  private int sharedBytes;

  /**
   * A kernel that is not looked for yet.
   *
   * @param signature its parameters, as {@link CallSignature} has them
   */
  Kernel(CudaContext cuda, String module, String name, String... signature) {
    this.cuda = cuda;
    this.module = module;
    call = new CallSignature(name, signature);
  }

  /** Begins the arguments of a launch. */
  ArgumentBlock begin() {
    ArgumentBlock arguments = cuda.arguments();
    arguments.clear();
    return arguments;
  }

  /** Launches with the arguments that were given since {@link #begin}; does not wait. */
  void launch(Grid grid, ArgumentBlock arguments) {
    if (grid.isEmpty()) {
      return;
    }
    CUfunction found = function(grid.sharedBytes());
    cuda.driver().launches().add(call, grid, arguments.noted());
    LaunchTimes times = cuda.times();
    CUevent begin = times == null ? null : times.begin();
    int code =
        JCudaDriver.cuLaunchKernel(
            found,
            grid.x(),
            grid.y(),
            grid.z(),
            grid.threadsX(),
            grid.threadsY(),
            grid.threadsZ(),
            grid.sharedBytes(),
            cuda.stream(),
            arguments.addresses(),
            null);
    if (code != 0) {
      cuda.driver().check(code, "launch of %s".formatted(call.name()));
    }
    if (times != null && begin != null) {
      times.end(call.name(), begin);
    }
  }

  private CUfunction function(int shared) {
    CUfunction found = function;
    if (found == null) {
      found = cuda.function(module, call.name());
      function = found;
    }
    if (shared > sharedBytes) {
      cuda.driver()
          .check(
              JCudaDriver.cuFuncSetAttribute(
                  found,
                  CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                  shared),
              "%d bytes of shared memory for %s".formatted(shared, call.name()));
      sharedBytes = shared;
    }
    return found;
  }
}
