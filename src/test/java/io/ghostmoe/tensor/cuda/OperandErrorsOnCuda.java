package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a kernel refuses is told as it was given, at the next read. */
class OperandErrorsOnCuda {
  @ParameterizedTest
  @CsvSource({
    "60000, 0, id 60000 at row 2 is not in [0; 9)",
    "-3, 0, id -3 at row 2 is not in [0; 9)",
    "0, 1234, position 1234 at row 2 is not in [0; 4)"
  })
  void theGradientOfTheEmbeddingNamesTheBadIdItself(int id, int position, String message) {
    try (CudaBackend backend = CudaFixture.strict(Precision.FP32)) {
      Tensor ids = backend.allocate(DType.I32, 3);
      Tensor positions = backend.allocate(DType.I32, 3);
      backend.write(new int[] {8, 1, id}, ids);
      backend.write(new int[] {3, 1, position}, positions);
      Tensor dOut = backend.allocate(DType.F32, 3, 2);
      Tensor dTokens = backend.allocate(DType.F32, 9, 2);
      Tensor dPlaces = backend.allocate(DType.F32, 4, 2);
      backend.embeddingBackward(ids, positions, dOut, dTokens, dPlaces);
      assertThatThrownBy(() -> backend.read(dTokens, new float[18]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("embeddingBackward: " + message.replace(';', ','));
    }
  }
}
