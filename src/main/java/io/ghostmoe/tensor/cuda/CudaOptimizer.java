package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend.AdamWStep;
import io.ghostmoe.tensor.Tensor;

/** AdamW. */
final class CudaOptimizer {
  private final AdamwKernels kernels;

  CudaOptimizer(CudaContext cuda) {
    kernels = new AdamwKernels(cuda);
  }

  void adamW(AdamWStep step, Tensor norm, Tensor value, Tensor gradient, Tensor m, Tensor v) {
    kernels.adamwF32(
        CudaElementwise.striding(value.elements()),
        DevicePointer.of(norm),
        DevicePointer.of(value),
        DevicePointer.of(gradient),
        DevicePointer.of(m),
        DevicePointer.of(v),
        value.elements(),
        step.learningRate(),
        step.beta1(),
        step.beta2(),
        step.epsilon(),
        step.weightDecay(),
        (float) (1 - Math.pow(step.beta1(), (double) step.count())),
        (float) (1 - Math.pow(step.beta2(), (double) step.count())),
        step.maxNorm());
  }
}
