package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Backend.AdamWStep;
import io.ghostmoe.tensor.Tensor;
import java.util.List;

/** AdamW on all parameters in one launch: what one of them asks for is far less than a launch. */
final class CudaOptimizer {
  private static final int THREADS = 256;

  /** Floats of a parameter's step, ADAMW_SCALARS in its kernel. */
  private static final int SCALARS = 8;

  private final CudaContext cuda;
  private final AdamwKernels kernels;

  CudaOptimizer(CudaContext cuda) {
    this.cuda = cuda;
    kernels = new AdamwKernels(cuda);
  }

  void adamW(
      List<AdamWStep> steps,
      Tensor norm,
      List<Tensor> values,
      List<Tensor> gradients,
      List<Tensor> m,
      List<Tensor> v) {
    TensorBlocks blocks = TensorBlocks.of(values);
    try (CudaBuffer scalars = cuda.scratch(4L * SCALARS * steps.size())) {
      cuda.staging().write(scalars(steps), scalars.pointer());
      kernels.adamwF32(
          Grid.of(blocks.count(), THREADS),
          DevicePointer.of(norm),
          scalars.pointer(),
          cuda.table(values),
          cuda.table(gradients),
          cuda.table(m),
          cuda.table(v),
          cuda.ints(blocks.lengths()),
          cuda.ints(blocks.first()),
          blocks.tensors());
    }
  }

  /** New in every step, unlike the tables. */
  private static float[] scalars(List<AdamWStep> steps) {
    float[] scalars = new float[SCALARS * steps.size()];
    int next = 0;
    for (AdamWStep step : steps) {
      scalars[next++] = step.learningRate();
      scalars[next++] = step.beta1();
      scalars[next++] = step.beta2();
      scalars[next++] = step.epsilon();
      scalars[next++] = step.weightDecay();
      scalars[next++] = (float) (1 - Math.pow(step.beta1(), (double) step.count()));
      scalars[next++] = (float) (1 - Math.pow(step.beta2(), (double) step.count()));
      scalars[next++] = step.maxNorm();
    }
    return scalars;
  }
}
