package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.tensor.Backend.AdamWStep;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CudaOptimizerOnCuda {
  @Test
  void aStepOnManyParametersIsOneLaunch() {
    int parameters = 300;
    try (CudaBackend backend = CudaFixture.strict(Precision.FP32)) {
      Tensor norm = backend.allocate(DType.F32, 1);
      backend.fill(norm, 1);
      List<Tensor> tensors =
          Stream.generate(() -> backend.allocate(DType.F32, 3)).limit(4L * parameters).toList();
      tensors.forEach(tensor -> backend.fill(tensor, 1));
      List<AdamWStep> steps =
          Collections.nCopies(parameters, new AdamWStep(.1f, .9f, .95f, 1e-8f, 0, 1, 1));
      var launched =
          backend.timed(
              () ->
                  backend.adamW(
                      steps,
                      norm,
                      tensors.subList(0, parameters),
                      tensors.subList(parameters, 2 * parameters),
                      tensors.subList(2 * parameters, 3 * parameters),
                      tensors.subList(3 * parameters, 4 * parameters)));
      assertThat(launched).containsOnlyKeys("adamw_f32");
      assertThat(launched.values()).extracting(LaunchTimes.Total::launches).containsExactly(1);
    }
  }
}
