package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import jcuda.driver.CUdeviceptr;
import org.jspecify.annotations.Nullable;

/** An address in device memory: a type of its own, so that no integer passes for one. */
final class DevicePointer extends CUdeviceptr {
  /** The null address, or room for one that the driver fills in. */
  DevicePointer() {}

  private DevicePointer(CUdeviceptr base, long bytes) {
    super(base, bytes);
  }

  /** Where the elements of a tensor of this backend begin. */
  static DevicePointer of(Tensor tensor) {
    if (tensor.buffer() instanceof CudaBuffer buffer) {
      return buffer.pointer();
    }
    throw new IllegalArgumentException(
        "tensor %s %s does not belong to the CUDA backend (its buffer is a %s)"
            .formatted(tensor.type(), tensor.shape(), tensor.buffer().getClass().getSimpleName()));
  }

  /** As {@link #of}, the null address for no tensor. */
  static DevicePointer ofNullable(@Nullable Tensor tensor) {
    return tensor == null ? new DevicePointer() : of(tensor);
  }

  DevicePointer plus(long bytes) {
    return new DevicePointer(this, bytes);
  }

  long address() {
    return getNativePointer() + getByteOffset();
  }
}
