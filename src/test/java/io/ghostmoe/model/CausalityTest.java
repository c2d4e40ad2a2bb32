package io.ghostmoe.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a token may influence, bit for bit. */
class CausalityTest {
  private static final ModelConfig CONFIG =
      new ModelConfig(50, 33, 24, 2, 3, 4, 2, 40, 0, 0.01f, 0.001f);
  private static final int T = CONFIG.length();
  private static final int ROWS = 4;

  private final Backend backend = new VectorBackend(2);
  private final Arena arena = new Arena(backend);
  private final Transformer model = new Transformer(CONFIG, backend, 3, true);

  @AfterEach
  void close() {
    arena.close();
    model.close();
    backend.close();
  }

  private float[] losses(Batch batch) {
    Tape tape = Tape.forwardOnly(backend, arena);
    Transformer.Loss loss =
        model.loss(tape, Batches.upload(batch, tape), 1, StepContext.EVALUATION);
    float[] losses = new float[loss.losses().elements()];
    backend.read(loss.losses(), losses);
    arena.reset();
    return losses;
  }

  /** The places whose loss differs once the token at {@code place} is another. */
  private List<Integer> influenced(Batch batch, int place) {
    Batch other = Batches.copy(batch);
    other.inputs()[place] = (other.inputs()[place] + 1) % CONFIG.vocabulary();
    float[] before = losses(batch);
    float[] after = losses(other);
    List<Integer> differing = new ArrayList<>();
    for (int i = 0; i < before.length; i++) {
      if (Float.floatToIntBits(before[i]) != Float.floatToIntBits(after[i])) {
        differing.add(i);
      }
    }
    return differing;
  }

  @Test
  void changingTheLastTokenChangesNoEarlierLoss() {
    Batch batch = Batches.full(1, CONFIG, ROWS);
    for (int row = 0; row < ROWS; row++) {
      int last = row * T + T - 1;
      assertThat(influenced(batch, last)).containsExactly(last);
    }
  }

  @Test
  void changingATokenChangesItsOwnLossAndThoseAfterItInItsRowAndNoOther() {
    Batch batch = Batches.full(2, CONFIG, ROWS);
    for (int place : new int[] {0, T + 16, 3 * T + 5}) {
      List<Integer> after = new ArrayList<>();
      for (int i = place; i < (place / T + 1) * T; i++) {
        after.add(i);
      }
      assertThat(influenced(batch, place)).isEqualTo(after);
    }
  }

  @Test
  void changingATokenChangesNoOtherSegment() {
    Batch batch = Batches.ragged(3, CONFIG, ROWS);
    for (int row = 0; row < ROWS; row++) {
      for (int segment = 0; segment < 2; segment++) {
        int first = row * T;
        while (batch.segments()[first] != segment) {
          first++;
        }
        int own = first / T;
        int wanted = segment;
        assertThat(influenced(batch, first))
            .isNotEmpty()
            .allMatch(i -> i / T == own && batch.segments()[i] == wanted);
      }
    }
  }

  @Test
  void changingATargetChangesItsOwnLossAlone() {
    Batch batch = Batches.full(4, CONFIG, ROWS);
    Batch other = Batches.copy(batch);
    other.targets()[40] = (other.targets()[40] + 1) % CONFIG.vocabulary();
    float[] before = losses(batch);
    float[] after = losses(other);
    assertThat(after[40]).isNotEqualTo(before[40]);
    before[40] = after[40];
    assertThat(after).isEqualTo(before);
  }

  @Test
  void whatStandsInPaddingChangesNoLossAndNoGradient() {
    Batch batch = Batches.ragged(5, CONFIG, ROWS);
    Batch other = Batches.copy(batch);
    int padding = 0;
    for (int i = 0; i < other.segments().length; i++) {
      if (other.segments()[i] == -1) {
        other.inputs()[i] = 1 + i % (CONFIG.vocabulary() - 1);
        other.positions()[i] = i % T;
        padding++;
      }
    }
    assertThat(padding).isPositive();
    assertThat(losses(other)).isEqualTo(losses(batch));
    assertClose(gradients(other), gradients(batch), 0);
  }

  @Test
  void aWindowFilledUpWithPaddingLearnsAsTheShorterOne() {
    int length = T - 9;
    Batch whole = Batches.full(6, CONFIG, ROWS);
    Batch padded = Batches.copy(whole);
    int[][] cut = new int[4][ROWS * length];
    for (int row = 0; row < ROWS; row++) {
      Arrays.fill(padded.segments(), row * T + length, (row + 1) * T, -1);
      Arrays.fill(padded.targets(), row * T + length, (row + 1) * T, -1);
      int[][] arrays = {whole.inputs(), whole.targets(), whole.segments(), whole.positions()};
      for (int a = 0; a < arrays.length; a++) {
        System.arraycopy(arrays[a], row * T, cut[a], row * length, length);
      }
    }
    Batch recounted =
        Batches.of(ROWS, padded.inputs(), padded.targets(), padded.segments(), padded.positions());
    Batch shorter = Batches.of(ROWS, cut[0], cut[1], cut[2], cut[3]);
    float[] inLong = losses(recounted);
    float[] inShort = losses(shorter);
    for (int i = 0; i < inShort.length; i++) {
      assertThat(inLong[i / length * T + i % length]).isCloseTo(inShort[i], within(1e-6f));
    }
    // sums of 96 terms cut into other chunks, through two layers
    assertClose(gradients(recounted), gradients(shorter), 96 * 0x1p-24f);
  }

  /** Within {@code tolerance} of the largest element of each parameter's gradient. */
  private void assertClose(List<float[]> got, List<float[]> want, float tolerance) {
    for (int p = 0; p < want.size(); p++) {
      float largest = 0;
      for (float value : want.get(p)) {
        largest = Math.max(largest, Math.abs(value));
      }
      Parameter parameter = model.registry().parameters().get(p);
      for (int i = 0; i < want.get(p).length; i++) {
        assertThat(got.get(p)[i])
            .as("gradient of %s %d [%d]", parameter.name(), parameter.slice(), i)
            .isCloseTo(want.get(p)[i], within(tolerance * largest));
      }
    }
  }

  /** Every parameter's, auxiliary losses included. */
  private List<float[]> gradients(Batch batch) {
    Tape tape = Tape.recording(backend, arena);
    StepContext context = new StepContext(1, 1, 0, 1, false);
    var _ = model.loss(tape, Batches.upload(batch, tape), 1f / batch.scoredTargets(), context);
    tape.backward();
    arena.reset();
    List<float[]> gradients = new ArrayList<>();
    for (Parameter parameter : model.registry().parameters()) {
      float[] gradient = new float[parameter.value().elements()];
      backend.read(parameter.requireGradient(), gradient);
      backend.fill(parameter.requireGradient(), 0);
      gradients.add(gradient);
    }
    return gradients;
  }
}
