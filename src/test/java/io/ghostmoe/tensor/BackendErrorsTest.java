package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.tensor.Backend.AdamWStep;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every backend on the CPU refuses, and that the message says what and where. */
public abstract class BackendErrorsTest {
  private Backend backend;
  private Host host;

  /** A new backend; the test closes it. */
  protected abstract Backend backend();

  @BeforeEach
  void open() {
    backend = backend();
    host = new Host(backend);
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static void refused(ThrowingCallable operation, String message) {
    assertThatThrownBy(operation)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aWrongShapeNamesOperationOperandAndBothShapes() {
    Tensor x = host.filled(1, 4, 3);
    Tensor out = host.filled(7, 4, 2);
    assertThatThrownBy(() -> backend.linear(x, host.filled(1, 2, 5), null, out))
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessage("linear: weight is F32 [2, 5], should be F32 [any, 3]");
    assertThat(host.read(out)).containsOnly(7);
  }

  @Test
  void aHostArrayOfAnotherLengthIsRefused() {
    Tensor x = host.filled(0, 2, 3);
    refused(() -> backend.write(new float[5], x), "F32 [2, 3] of 6 elements, the array F32 of 5");
    refused(() -> backend.read(x, new float[7]), "of 7");
    refused(() -> backend.read(x, new int[6]), "I32 of 6");
  }

  @Test
  void anIdOutsideTheVocabularyIsNamedWithItsRow() {
    Tensor tokens = host.filled(0, 50_257, 1);
    Tensor places = host.filled(0, 4, 1);
    Tensor out = host.output(4, 1);
    Tensor positions = host.ints(new int[] {0, 1, 2, 3}, 4);
    Tensor ids = host.ints(new int[] {0, 50_256, 1, 50_257}, 4);
    String message = "embedding: id 50257 at row 3 is not in [0, 50257)";
    refused(() -> backend.embedding(ids, positions, tokens, places, out), message);
    refused(
        () -> backend.embeddingBackward(ids, positions, host.filled(0, 4, 1), tokens, places),
        "embeddingBackward: id 50257 at row 3");
    Tensor good = host.ints(new int[4], 4);
    Tensor late = host.ints(new int[] {0, -1, 2, 3}, 4);
    refused(
        () -> backend.embedding(good, late, tokens, places, out),
        "embedding: position -1 at row 1 is not in [0, 4)");
  }

  @Test
  void aTargetOutsideTheVocabularyIsNamedWithItsRow() {
    Tensor x = host.filled(0, 2, 3);
    Tensor weight = host.filled(0, 5, 3);
    Tensor bias = host.filled(0, 5);
    Tensor losses = host.output(2);
    Tensor targets = host.ints(new int[] {-1, 5}, 2);
    refused(
        () -> backend.linearCrossEntropy(x, weight, bias, targets, losses),
        "target 5 at row 1 is not in [-1, 5)");
    Tensor below = host.ints(new int[] {-2, 0}, 2);
    refused(
        () ->
            backend.linearCrossEntropyGradients(
                x, weight, bias, below, 1, losses, host.output(2, 3), weight, bias),
        "target -2 at row 0 is not in [-1, 5)");
  }

  @Test
  void anExpertThatIsNotAwakeIsNamedWithItsSlot() {
    Tensor experts = host.ints(new int[] {0, 1, 1, 2}, 2, 2);
    refused(
        () ->
            backend.sortByExpert(
                experts,
                host.ints(new int[2], 2),
                host.intOutput(3),
                host.intOutput(4),
                host.intOutput(2, 2)),
        "sortByExpert: expert 2 at slot 3 is not in [0, 2)");
    refused(
        () ->
            backend.topKBackward(
                host.filled(0, 2, 2),
                host.filled(1, 2),
                experts,
                host.filled(0, 2, 2),
                host.filled(0, 2, 2),
                host.output(2, 2)),
        "topKBackward: expert 2 at slot 3");
  }

  @Test
  void slotsForWhichThereAreNoFamiliesAreRefused() {
    Tensor scores = host.filled(0, 2, 3);
    Tensor row = host.filled(1, 3);
    Tensor families = host.ints(new int[] {4, -4, 4}, 3);
    Tensor experts = host.intOutput(2, 3);
    refused(
        () -> backend.topK(scores, row, families, row, experts, host.output(2, 3)),
        "topK: 3 experts of 2 families cannot fill 3 slots");
    assertThat(host.readInts(experts)).containsOnly(0);
  }

  @Test
  void anActivationThatIsNoneIsNamedWithItsExpert() {
    Tensor scores = host.filled(0, 2, 3);
    Tensor row = host.filled(0, 3);
    Tensor families = host.ints(new int[] {0, 1, 2}, 3);
    Tensor experts = host.intOutput(2, 1);
    Tensor gates = host.filled(1, 2, 1);
    for (float wrong : new float[] {0, -0.5f, 1.5f, Float.NaN}) {
      Tensor activations = host.floats(new float[] {1, 1, wrong}, 3);
      String message = "activation " + wrong + " of expert 2 is not in (0, 1]";
      refused(
          () -> backend.topK(scores, row, families, activations, experts, gates),
          "topK: " + message);
      refused(
          () -> backend.topKBackward(scores, activations, experts, gates, gates, scores),
          "topKBackward: " + message);
    }
  }

  @Test
  void aMarginOfAnExpertOrASlotThatIsNotThereIsRefused() {
    Tensor scores = host.filled(0, 2, 3);
    Tensor bias = host.filled(0, 3);
    Tensor families = host.ints(new int[3], 3);
    Tensor segments = host.ints(new int[] {0, -2}, 2);
    Tensor out = host.output(2);
    refused(
        () -> backend.routerMargins(scores, bias, families, segments, 3, 1, out),
        "routerMargins: expert 3 is not in [0, 3)");
    refused(
        () -> backend.routerMargins(scores, bias, families, segments, -1, 1, out),
        "routerMargins: expert -1");
    refused(
        () -> backend.routerMargins(scores, bias, families, segments, 0, 0, out),
        "routerMargins: 0 of 3 experts");
    refused(
        () -> backend.routerMargins(scores, bias, families, segments, 0, 1, out),
        "routerMargins: segment -2 at position 1");
  }

  @Test
  void rowsThatMakeNoMatrixAreRefused() {
    Tensor matrix = host.output(2, 3);
    Tensor row = host.filled(0, 3);
    refused(
        () -> backend.stackRows(List.of(row), matrix),
        "stackRows: rows has 1 tensors, should have one for each of 2 experts");
    refused(
        () -> backend.unstackRows(matrix, List.of(row, host.filled(0, 4))),
        "unstackRows: dRows[1] is F32 [4], should be F32 [3]");
  }

  @Test
  void whatCannotBeMeasuredIsRefused() {
    Tensor y = host.filled(0, 4, 3);
    Tensor gates = host.filled(0, 2, 2);
    Tensor slots = host.ints(new int[] {0, 1, 4, 3}, 4);
    Tensor offsets = host.ints(new int[] {0, 1, 3}, 3);
    refused(() -> backend.norms(List.of(), host.output(0)), "norms: no groups");
    refused(
        () -> backend.norms(List.of(List.of(y), List.of(slots)), host.output(2)),
        "norms: each of groups is I32 [4], should be F32");
    refused(
        () -> backend.expertUtility(y, gates, offsets, slots, host.output(2)),
        "expertUtility: slot 4 at row 2 is not in [0, 4)");
    refused(
        () -> backend.expertUtility(y, gates, offsets, slots, host.output(3)),
        "expertUtility: utility is F32 [3], should be F32 [2]");
    refused(
        () -> backend.expertSums(y, host.ints(new int[] {0, 5, 4}, 3), host.output(2, 3)),
        "expertSums: offset 5 of expert 1 is not in [0, 4]");
    refused(
        () -> backend.alignment(y, y, host.ints(new int[] {0, 0, 0, -3}, 4), host.output(3)),
        "alignment: segment -3 at position 3");
    refused(
        () -> backend.alignment(y, gates, host.intOutput(4), host.output(3)),
        "alignment: y is F32 [2, 2], should be F32 [4, 3]");
  }

  @Test
  void offsetsAndRowsThatPointOutsideAreRefused() {
    Tensor x = host.filled(0, 2, 3);
    Tensor slots = host.ints(new int[] {0, 7}, 2);
    Tensor out = host.output(2, 3);
    refused(
        () -> backend.dispatch(x, host.ints(new int[] {0, 2}, 2), slots, out),
        "dispatch: slot 7 at row 1");
    refused(
        () -> backend.dispatch(x, host.ints(new int[] {0, 3}, 2), slots, out),
        "dispatch: offset 3 of expert 1");
    Tensor falling = host.ints(new int[] {0, 2, 1}, 3);
    List<Tensor> weights = List.of(host.filled(0, 3, 3), host.filled(0, 3, 3));
    List<Tensor> biases = List.of(host.filled(0, 3), host.filled(0, 3));
    refused(
        () -> backend.groupedLinear(x, falling, weights, biases, out),
        "groupedLinear: offset 1 of expert 2 is not in [2, 2]");
    Tensor rows = host.ints(new int[] {0, 2}, 2, 1);
    refused(
        () -> backend.combine(x, host.filled(0, 2, 1), rows, out),
        "combine: row 2 at slot 1 is not in [-1, 2)");
    refused(() -> backend.dispatchBackward(x, rows, false, out), "dispatchBackward: row 2");
  }

  @Test
  void asManyExpertsAsOffsetsDelimitAreWanted() {
    Tensor x = host.filled(0, 2, 3);
    Tensor offsets = host.ints(new int[] {0, 1, 2}, 3);
    List<Tensor> one = List.of(host.filled(0, 3, 3));
    List<Tensor> odd = List.of(host.filled(0, 3, 3), host.filled(0, 3, 4));
    List<Tensor> biases = List.of(host.filled(0, 3), host.filled(0, 3));
    Tensor out = host.output(2, 3);
    refused(
        () -> backend.groupedLinear(x, offsets, one, biases, out),
        "groupedLinear: weights has 1 tensors, should have one for each of 2 experts");
    refused(
        () -> backend.groupedLinear(x, offsets, odd, biases, out),
        "groupedLinear: weights[1] is F32 [3, 4], should be F32 [3, 3]");
  }

  @Test
  void aSegmentBelowPaddingIsRefused() {
    Tensor segments = host.ints(new int[] {0, -2}, 1, 2);
    refused(
        () ->
            backend.attention(
                host.filled(0, 2, 6), segments, 1, host.output(2, 2), host.output(1, 1, 2)),
        "attention: segment -2 at position 1");
  }

  @Test
  void headsThatDoNotDivideTheWidthAreRefused() {
    Tensor segments = host.ints(new int[2], 1, 2);
    refused(
        () ->
            backend.attention(
                host.filled(0, 2, 9), segments, 2, host.output(2, 3), host.output(1, 2, 2)),
        "attention: width 3 does not divide into 2 heads");
  }

  @Test
  void piecesThatTheTensorOrTheArrayDoesNotHaveAreRefused() {
    Tensor x = host.filled(0, 2, 3);
    float[] four = new float[4];
    for (int[] wrong : new int[][] {{3, 4}, {-1, 2}, {0, 5}, {0, -1}}) {
      String message = "host copy: %d elements from %d on".formatted(wrong[1], wrong[0]);
      refused(() -> backend.read(x, wrong[0], four, wrong[1]), message);
      refused(() -> backend.write(four, wrong[1], x, wrong[0]), message);
    }
  }

  @Test
  void aRowThatTheCacheDoesNotHaveIsRefused() {
    Tensor cache = host.filled(0, 2, 2, 2);
    Tensor qkv = host.filled(0, 2, 6);
    for (int wrong : new int[] {4, -1}) {
      Tensor rows = host.ints(new int[] {3, wrong}, 2);
      refused(
          () -> backend.attentionCached(qkv, rows, cache, cache, 1, host.output(2, 2)),
          "attentionCached: row %d at position 1 is not in [0, 4)".formatted(wrong));
    }
  }

  @Test
  void scalarsOutOfRangeAreRefused() {
    Tensor x = host.filled(0, 2, 2);
    refused(() -> backend.dropout(x, 1, 0, x), "dropout: rate 1.0 is not in [0, 1)");
    refused(() -> backend.dropout(x, Float.NaN, 0, x), "dropout: rate NaN");
    Tensor row = host.filled(0, 2);
    refused(
        () -> backend.layerNorm(x, row, row, 0, host.output(2, 2), row, row),
        "layerNorm: epsilon 0.0");
    refused(
        () ->
            backend.topK(
                x,
                row,
                host.ints(new int[] {0, 1}, 2),
                host.filled(1, 2),
                host.intOutput(2, 3),
                host.output(2, 3)),
        "topK: 3 of 2 experts cannot be selected");
    refused(
        () ->
            backend.updateBalanceBias(
                host.intOutput(2), row, host.floats(new float[] {0, Float.NaN}, 2), row),
        "updateBalanceBias: rate NaN of expert 1");
    refused(() -> new AdamWStep(1, 1, 0.9f, 1e-8f, 0, 1, 1), "beta1 1.0");
    refused(() -> new AdamWStep(1, 0.9f, 0.9f, 1e-8f, 0, 0, 1), "count 0");
    refused(() -> new AdamWStep(Float.NaN, 0.9f, 0.9f, 1e-8f, 0, 1, 1), "learningRate NaN");
  }
}
