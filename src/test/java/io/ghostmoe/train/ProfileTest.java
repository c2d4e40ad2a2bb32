package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.ShapeMismatchException;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a watched backend says of its calls; the costs are counted by hand. */
class ProfileTest {
  private final Profile profile = new Profile();
  private final Backend backend = profile.watch(ScalarBackend.float32());

  private Tensor floats(int... dims) {
    return backend.allocate(DType.F32, dims);
  }

  private Profile.Line line(String operation) {
    return profile.lines().stream()
        .filter(line -> line.operation().equals(operation))
        .findFirst()
        .orElseThrow();
  }

  private void costs(String operation, long calls, double flops, double bytes) {
    Profile.Line line = line(operation);
    assertThat(line.calls()).isEqualTo(calls);
    assertThat(line.flops()).isEqualTo(flops);
    assertThat(line.bytes()).isEqualTo(bytes);
    assertThat(line.seconds()).isPositive().isLessThan(profile.seconds());
  }

  @Test
  void denseLayersCostTwoOperationsForEachWeightAndRow() {
    Tensor x = floats(5, 3);
    Tensor weight = floats(7, 3);
    Tensor out = floats(5, 7);
    backend.linear(x, weight, null, out);
    backend.linear(x, weight, null, out);
    costs("linear", 2, 2 * 2 * 5 * 3 * 7, 2 * 4 * (15 + 21 + 35));
    backend.linearBackwardInput(out, weight, false, x);
    costs("linearBackwardInput", 1, 2 * 5 * 3 * 7, 4 * (15 + 21 + 35));
    backend.linearBackwardParameters(x, out, weight, null);
    costs("linearBackwardParameters", 1, 2 * 5 * 3 * 7, 4 * (15 + 21 + 35));
  }

  @Test
  void expertsCostAsMuchAsTheirRows() {
    Tensor x = floats(6, 3);
    Tensor out = floats(6, 7);
    Tensor offsets = backend.allocate(DType.I32, 3);
    backend.write(new int[] {0, 2, 6}, offsets);
    List<Tensor> weights = List.of(floats(7, 3), floats(7, 3));
    List<Tensor> biases = List.of(floats(7), floats(7));
    backend.groupedLinear(x, offsets, weights, biases, out);
    costs("groupedLinear", 1, 2 * 6 * 3 * 7, 4 * (18 + 3 + 2 * (21 + 7) + 42));
    backend.groupedLinearBackwardInput(out, offsets, weights, x);
    costs("groupedLinearBackwardInput", 1, 2 * 6 * 3 * 7, 4 * (18 + 3 + 42 + 42));
    backend.groupedLinearBackwardParameters(x, out, offsets, weights, biases);
    costs("groupedLinearBackwardParameters", 1, 2 * 6 * 3 * 7, 4 * (18 + 3 + 2 * (21 + 7) + 42));
  }

  @Test
  void attentionCostsTheCausalHalfOfAllPairs() {
    int[] segments = new int[2 * 4];
    Tensor of = backend.allocate(DType.I32, 2, 4);
    backend.write(segments, of);
    Tensor qkv = floats(8, 3 * 6);
    Tensor out = floats(8, 6);
    Tensor lse = floats(2, 2, 4);
    backend.attention(qkv, of, 2, out, lse);
    // two windows, half of 4·4 pairs, scores and values, a multiplication and an addition
    costs("attention", 1, 2 * (4 * 4 / 2) * 2 * 2 * 6, 4 * (8 * 18 + 8 + 8 * 6 + 16));
    backend.attentionBackward(qkv, of, 2, out, lse, out, floats(8, 3 * 6));
    assertThat(line("attentionBackward").flops()).isEqualTo(2 * (4 * 4 / 2) * 5 * 2 * 6);
  }

  @Test
  void theHeadCostsThreeProductsWithItsGradientsAndOneWithout() {
    Tensor x = floats(5, 3);
    Tensor weight = floats(7, 3);
    Tensor bias = floats(7);
    Tensor targets = backend.allocate(DType.I32, 5);
    backend.write(new int[5], targets);
    Tensor losses = floats(5);
    backend.linearCrossEntropy(x, weight, bias, targets, losses);
    assertThat(line("linearCrossEntropy").flops()).isEqualTo(2 * 5 * 3 * 7);
    backend.linearCrossEntropyGradients(
        x, weight, bias, targets, 1, losses, floats(5, 3), floats(7, 3), floats(7));
    assertThat(line("linearCrossEntropyGradients").flops()).isEqualTo(3 * 2 * 5 * 3 * 7);
  }

  @Test
  void anEmbeddingMovesTheRowsThatAreLookedUp() {
    Tensor ids = backend.allocate(DType.I32, 2);
    backend.write(new int[] {1, 2}, ids);
    Tensor table = floats(1000, 3);
    backend.embedding(ids, ids, table, floats(10, 3), floats(2, 3));
    costs("embedding", 1, 0, 3 * 4 * 6);
    backend.embeddingBackward(ids, ids, floats(2, 3), table, floats(10, 3));
    costs("embeddingBackward", 1, 0, 5 * 4 * 6);
  }

  @Test
  void theBackendsExceptionsAreItsOwn() {
    assertThatThrownBy(() -> backend.gelu(floats(2), floats(3)))
        .isInstanceOf(ShapeMismatchException.class);
    assertThat(line("gelu").calls()).isEqualTo(1);
  }

  @Test
  void aResetForgets() {
    backend.fill(floats(2), 1);
    profile.reset();
    assertThat(profile.lines()).isEmpty();
  }

  @Test
  void theLongestTimeComesFirst() {
    backend.fill(floats(1 << 20), 1);
    backend.fill(floats(1), 1);
    assertThat(profile.lines())
        .extracting(Profile.Line::seconds)
        .isSortedAccordingTo((a, b) -> Double.compare(b, a))
        .hasSize(2);
  }
}
