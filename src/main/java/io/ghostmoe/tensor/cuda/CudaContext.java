package io.ghostmoe.tensor.cuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuModuleUnload;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;

import io.ghostmoe.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream_flags;
import org.jspecify.annotations.Nullable;

/**
 * One device in use: its primary context, the one stream that everything runs on, memory, and the
 * modules of kernels that were asked for. What launches kernels works through this.
 *
 * <p>Not safe for use by several threads at once, but any thread may use it.
 */
final class CudaContext implements AutoCloseable {
  private final Gpu gpu;
  private final Precision precision;
  private final Driver driver = new Driver();
  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final DeviceStream stream = new DeviceStream();
  private final Releases releases = new Releases();
  private final CudaMemory memory;
  private final Staging staging;
  private final DeviceTables tables;
  private final OperandErrors errors;
  private final ArgumentBlock arguments;
  private final Map<String, CUmodule> modules = new HashMap<>();
  private @Nullable Thread entered;
  private @Nullable LaunchTimes times;

  /** A context on a device that was found. */
  CudaContext(Gpu gpu, CudaMemory.Reuse reuse) {
    this(gpu, reuse, Precision.FP32);
  }

  /** As above, with the inputs of large products rounded. */
  CudaContext(Gpu gpu, CudaMemory.Reuse reuse, Precision precision) {
    this.gpu = gpu;
    this.precision = precision;
    NativeLibraries.load();
    try {
      arguments = new ArgumentBlock();
      releases.add(arguments::close);
      driver.check(cuInit(0), "cuInit");
      driver.check(cuDeviceGet(device, gpu.index()), "cuDeviceGet");
      driver.check(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
      releases.add(
          () -> driver.check(cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease"));
      enter();
      driver.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
      releases.add(() -> driver.check(cuStreamDestroy(stream), "cuStreamDestroy"));
      memory = new CudaMemory(driver, reuse);
      releases.add(memory::close);
      staging = new Staging(driver, stream, releases);
      tables = new DeviceTables(memory, staging);
      errors =
          new OperandErrors(
              memory, staging, new PinnedMemory(driver, OperandErrors.BYTES, releases));
    } catch (RuntimeException | Error e) {
      releases.closeAfter(e);
      throw e;
    }
  }

  /** Makes the context that of the calling thread: whatever comes here to use it begins so. */
  private void enter() {
    Thread caller = Thread.currentThread();
    if (caller != entered) {
      driver.check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
      entered = caller;
    }
  }

  Gpu gpu() {
    return gpu;
  }

  Precision precision() {
    return precision;
  }

  Driver driver() {
    return driver;
  }

  DeviceStream stream() {
    return stream;
  }

  CudaMemory memory() {
    enter();
    return memory;
  }

  Staging staging() {
    enter();
    return staging;
  }

  ArgumentBlock arguments() {
    enter();
    return arguments;
  }

  /** {@return what times the launches, while they are timed} */
  @Nullable LaunchTimes times() {
    return times;
  }

  /** {@return the time of each kernel that the work launches; slows it down} */
  Map<String, LaunchTimes.Total> timed(Runnable work) {
    LaunchTimes timing = new LaunchTimes(driver, stream);
    times = timing;
    try {
      work.run();
    } finally {
      times = null;
    }
    staging().await("waiting for what was timed");
    return timing.totals();
  }

  /** Has something given back when this is closed, before what was made until now. */
  void owns(Runnable release) {
    releases.add(release);
  }

  /** Memory for one operation, to be closed after its last launch. */
  CudaBuffer scratch(long bytes) {
    enter();
    return memory.allocate(bytes);
  }

  /** {@return a device array of the addresses of tensors} */
  DevicePointer table(List<Tensor> tensors) {
    enter();
    return tables.addresses(tensors);
  }

  /** {@return a device array of these integers} */
  DevicePointer ints(int... values) {
    enter();
    return tables.integers(values);
  }

  /**
   * {@return where kernels of an operation note an operand they refuse: code, value, place, limit}
   */
  DevicePointer error(String operation) {
    enter();
    return errors.record(operation);
  }

  /** Fills an array on the host and raises what kernels refused before, all with one wait. */
  void read(DevicePointer source, float[] target) {
    read(source, target, target.length);
  }

  /** Copies so many floats to the host and raises what kernels refused before. */
  void read(DevicePointer source, float[] target, int count) {
    enter();
    errors.fetch();
    staging.read(source, target, count);
    errors.raise();
  }

  /** Copies to the host and raises what kernels refused before, all with one wait. */
  void read(DevicePointer source, int[] target) {
    enter();
    errors.fetch();
    staging.read(source, target);
    errors.raise();
  }

  /** Sets bytes, in the order of the stream. */
  void memset(DevicePointer target, long bytes, int value) {
    enter();
    if (bytes > 0) {
      driver.check(cuMemsetD8Async(target, (byte) value, bytes, stream), "cuMemsetD8Async");
    }
  }

  /** Copies within the device, in the order of the stream. */
  void copy(DevicePointer from, DevicePointer to, long bytes) {
    enter();
    if (bytes > 0) {
      driver.check(cuMemcpyDtoDAsync(to, from, bytes, stream), "cuMemcpyDtoDAsync");
    }
  }

  /** {@return a kernel of the module that was made from {@code kernels/<module>.cu}} */
  CUfunction function(String module, String name) {
    CUmodule loaded = modules.get(module);
    if (loaded == null) {
      loaded = load(module);
      modules.put(module, loaded);
    }
    CUfunction function = new CUfunction();
    driver.check(cuModuleGetFunction(function, loaded, name), "looking up " + name);
    return function;
  }

  private CUmodule load(String name) {
    CUmodule module = new CUmodule();
    driver.check(cuModuleLoadData(module, ptx(name)), "loading the kernels of %s".formatted(name));
    releases.add(() -> driver.check(cuModuleUnload(module), "cuModuleUnload"));
    return module;
  }

  /** The text of a module, ended by a zero as the driver wants it. */
  private static byte[] ptx(String module) {
    String resource = "ptx/" + module + ".ptx";
    try (InputStream in = CudaContext.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(
            resource + " is not among the resources: run java kernels/build/Main.java ptx");
      }
      byte[] text = in.readAllBytes();
      return Arrays.copyOf(text, text.length + 1);
    } catch (IOException e) {
      throw new IllegalStateException(resource + " cannot be read", e);
    }
  }

  /** Waits, and gives everything back. */
  @Override
  public void close() {
    try (Releases all = releases) {
      enter();
      staging.await("waiting for the last kernels");
    }
  }
}
