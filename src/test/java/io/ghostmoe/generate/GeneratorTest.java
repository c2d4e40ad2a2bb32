package io.ghostmoe.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.Batches;
import io.ghostmoe.model.KeyValueCache;
import io.ghostmoe.model.MemoryMeter;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.NewTokens;
import io.ghostmoe.model.StepContext;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Draws;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Generation against the training forward pass, which has neither cache nor logits. */
class GeneratorTest {
  private static final ModelConfig CONFIG = new ModelConfig(13, 10, 8, 2, 2, 3, 2, 12, 0, 0, 0);
  private static final int END = 0;

  private final Backend backend = new VectorBackend(1);
  private final Arena arena = new Arena(backend);
  private final Transformer model = new Transformer(CONFIG, backend, 1, false);
  private final Generator generator = new Generator(model, backend, END);

  /** Weights that are large enough to tell tokens apart; end-of-text never comes by itself. */
  @BeforeEach
  void spreadWeights() {
    Draws draws = new Draws(5);
    for (ParameterRegistry.Entry entry : model.registry().entries()) {
      for (Tensor tensor : entry.slices()) {
        float[] values = read(tensor);
        float[] more = draws.signed(values.length);
        for (int i = 0; i < values.length; i++) {
          values[i] += 0.7f * more[i];
        }
        backend.write(values, tensor);
      }
    }
    headBias(END, -100);
  }

  @AfterEach
  void close() {
    generator.close();
    arena.close();
    model.close();
    backend.close();
  }

  private Tensor weights(String name) {
    return model.registry().entries().stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow()
        .slices()
        .getFirst();
  }

  private void headBias(int token, float value) {
    float[] bias = read(weights("head.bias"));
    bias[token] = value;
    backend.write(bias, weights("head.bias"));
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  private List<Integer> generate(int[] prompt, int maxTokens, Sampling sampling) {
    List<Integer> tokens = new ArrayList<>();
    int count = generator.generate(prompt, maxTokens, sampling, tokens::add);
    assertThat(count).isEqualTo(tokens.size());
    return tokens;
  }

  /** Tokens that are no end-of-text. */
  private static int[] prompt(int length) {
    return Arrays.stream(new Draws(length).below(CONFIG.vocabulary() - 1, length))
        .map(token -> token + 1)
        .toArray();
  }

  /** ln p(v) of every token v after a window: one row a candidate, scored at the last place. */
  private double[] logProbabilities(int[] window) {
    int v = CONFIG.vocabulary();
    int t = window.length;
    int[] inputs = new int[v * t];
    int[] targets = new int[v * t];
    int[] positions = new int[v * t];
    Arrays.fill(targets, -1);
    for (int row = 0; row < v; row++) {
      System.arraycopy(window, 0, inputs, row * t, t);
      Arrays.setAll(positions, i -> i % t);
      targets[row * t + t - 1] = row;
    }
    Batch batch = Batches.of(v, inputs, targets, new int[v * t], positions);
    Tape tape = Tape.forwardOnly(backend, arena);
    float[] losses =
        read(model.loss(tape, Batches.upload(batch, tape), 1, StepContext.EVALUATION).losses());
    arena.reset();
    double[] logProbabilities = new double[v];
    Arrays.setAll(logProbabilities, row -> -losses[row * t + t - 1]);
    return logProbabilities;
  }

  /** Greedy generation that computes everything anew for each token. */
  private List<Integer> fromScratch(int[] prompt, int maxTokens) {
    List<Integer> sequence = new ArrayList<>(List.of(END));
    Arrays.stream(prompt).forEach(sequence::add);
    int start = 0;
    for (int i = 0; i < maxTokens; i++) {
      if (sequence.size() - start > CONFIG.length()) {
        start = sequence.size() - CONFIG.length() / 2;
      }
      double[] scores =
          logProbabilities(
              sequence.subList(start, sequence.size()).stream().mapToInt(x -> x).toArray());
      int best = 0;
      for (int v = 1; v < scores.length; v++) {
        best = scores[v] > scores[best] ? v : best;
      }
      sequence.add(best);
    }
    return sequence.subList(1 + prompt.length, sequence.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 8, 9, 10, 11, 25})
  void cachedGenerationIsWhatRecomputingEachTokenGives(int promptLength) {
    int[] prompt = prompt(promptLength);
    List<Integer> tokens = generate(prompt, 30, Sampling.GREEDY);
    assertThat(tokens).isEqualTo(fromScratch(prompt, 30));
    assertThat(tokens.stream().distinct().count()).as("different tokens").isGreaterThan(2);
  }

  @Test
  void logitsOverACacheAreThoseOfAWholeForwardPassHoweverItWasFilled() {
    int[] window = prompt(CONFIG.length());
    double[] wanted = logProbabilities(window);
    for (int[] pieces :
        new int[][] {{10}, {9, 1}, {1, 9}, {3, 3, 4}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}) {
      try (KeyValueCache cache = new KeyValueCache(backend, CONFIG, 1)) {
        float[] logits = new float[0];
        for (int piece : pieces) {
          int[] ids = Arrays.copyOfRange(window, cache.length(0), cache.length(0) + piece);
          logits = read(model.nextLogits(Tape.forwardOnly(backend, arena), one(ids), cache));
          arena.reset();
        }
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit);
        }
        for (int v = 0; v < logits.length; v++) {
          assertThat(logits[v] - Math.log(sum))
              .as("token %d after %s", v, Arrays.toString(pieces))
              .isCloseTo(wanted[v], within(2e-5 * (1 + Math.abs(wanted[v]))));
        }
      }
    }
  }

  @Test
  void tokensThatDoNotFitIntoTheCacheAreRefusedAndLeaveItAsItWas() {
    try (KeyValueCache cache = new KeyValueCache(backend, CONFIG, 1)) {
      Tape tape = Tape.forwardOnly(backend, arena);
      var _ = model.nextLogits(tape, one(prompt(4)), cache);
      assertThatThrownBy(() -> model.nextLogits(tape, one(prompt(7)), cache))
          .hasMessageContaining("7 tokens of sequence 0 for a cache of 10 positions that holds 4");
      assertThatThrownBy(() -> model.nextLogits(tape, one(new int[0]), cache))
          .hasMessageContaining("0 tokens");
      List<NewTokens> twice = List.of(new NewTokens(0, prompt(1)), new NewTokens(0, prompt(2)));
      assertThatThrownBy(() -> model.nextLogits(tape, twice, cache)).hasMessageContaining("twice");
      assertThatThrownBy(() -> model.nextLogits(tape, List.of(), cache))
          .hasMessageContaining("no tokens");
      assertThat(cache.length(0)).isEqualTo(4);
    }
  }

  @Test
  void generationIsAFunctionOfTheSeed() {
    Sampling first = new Sampling(1, 0, 1, 1);
    List<Integer> tokens = generate(prompt(3), 40, first);
    assertThat(generate(prompt(3), 40, first)).isEqualTo(tokens);
    assertThat(generate(prompt(3), 40, new Sampling(1, 0, 1, 2))).isNotEqualTo(tokens);
  }

  @Test
  void oneCandidateIsTheLikeliestHoweverItWasAskedFor() {
    List<Integer> greedy = generate(prompt(3), 30, Sampling.GREEDY);
    assertThat(generate(prompt(3), 30, new Sampling(1, 1, 1, 3))).isEqualTo(greedy);
    assertThat(generate(prompt(3), 30, new Sampling(1, 0, 1e-9, 4))).isEqualTo(greedy);
    assertThat(generate(prompt(3), 30, new Sampling(1e-300, 0, 1, 5))).isEqualTo(greedy);
  }

  @Test
  void endOfTextEndsTheGenerationAndIsNotHandedOut() {
    headBias(END, 100);
    assertThat(generate(prompt(3), 30, Sampling.GREEDY)).isEmpty();
    headBias(END, 0);
    for (int seed = 0; seed < 20; seed++) {
      assertThat(generate(prompt(3), 30, new Sampling(3, 0, 1, seed))).doesNotContain(END);
    }
  }

  @Test
  void aReceiverThatHasEnoughStopsTheGeneration() {
    List<Integer> tokens = new ArrayList<>();
    IntPredicate three = token -> tokens.add(token) && tokens.size() < 3;
    assertThat(generator.generate(prompt(3), 30, Sampling.GREEDY, three)).isEqualTo(3);
    assertThat(tokens).hasSize(3);
  }

  @Test
  void noTokenIsComputedWhereNoneIsWanted() {
    assertThat(generate(prompt(3), 0, Sampling.GREEDY)).isEmpty();
  }

  @Test
  void anEndlessGenerationTakesNoMoreMemoryThanItNeeds() {
    List<Integer> tokens = new ArrayList<>();
    IntPredicate hundred = token -> tokens.add(token) && tokens.size() < 100;
    assertThat(generator.generate(prompt(3), Integer.MAX_VALUE, Sampling.GREEDY, hundred))
        .isEqualTo(100);
    assertThat(tokens).isEqualTo(generate(prompt(3), 100, Sampling.GREEDY));
  }

  @Test
  void promptsOfManyLengthsDoNotPileUpMemory() {
    MemoryMeter meter = new MemoryMeter(backend);
    try (Transformer own = new Transformer(CONFIG, meter.backend(), 1, false);
        Generator of = new Generator(own, meter.backend(), END)) {
      var _ = of.generate(prompt(2), 12, Sampling.GREEDY, token -> true);
      long afterOne = meter.held();
      for (int length = 0; length < CONFIG.length(); length++) {
        var _ = of.generate(prompt(length), 12, Sampling.GREEDY, token -> true);
      }
      assertThat(meter.held()).isEqualTo(afterOne);
    }
    assertThat(meter.held()).isZero();
  }

  @Test
  void aNegativeNumberOfTokensIsRefusedByName() {
    assertThatThrownBy(() -> generate(prompt(3), -1, Sampling.GREEDY))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--max-tokens -1");
  }

  @Test
  void aModelWhoseLogitsAreNoNumbersIsNamedAsDamaged() {
    headBias(4, Float.NaN);
    for (Sampling sampling : List.of(Sampling.GREEDY, new Sampling(1, 0, 1, 1))) {
      assertThatThrownBy(() -> generate(prompt(3), 5, sampling))
          .isInstanceOf(UserException.class)
          .hasMessageContaining("NaN");
    }
  }

  @Test
  void aWindowOfOnePositionStillGenerates() {
    ModelConfig narrow = new ModelConfig(13, 1, 8, 1, 2, 3, 2, 12, 0, 0, 0);
    try (Transformer small = new Transformer(narrow, backend, 1, false);
        Generator of = new Generator(small, backend, END)) {
      float[] bias = new float[narrow.vocabulary()];
      bias[END] = -100;
      backend.write(bias, small.registry().entries().getLast().slices().getFirst());
      assertThat(of.generate(prompt(4), 5, new Sampling(1, 0, 1, 7), token -> true)).isEqualTo(5);
    }
  }

  private static List<NewTokens> one(int[] ids) {
    return List.of(new NewTokens(0, ids));
  }

  /** What a receiver was told. */
  private static final class Told implements Generator.Receiver {
    private final List<List<Integer>> tokens = new ArrayList<>();
    private final List<Integer> ended = new ArrayList<>();

    Told(int prompts) {
      for (int i = 0; i < prompts; i++) {
        tokens.add(new ArrayList<>());
      }
    }

    @Override
    public boolean token(int prompt, int token) {
      tokens.get(prompt).add(token);
      return prompt != 2 || tokens.get(2).size() < 4; // the third has enough early
    }

    @Override
    public void end(int prompt, int count) {
      assertThat(count).isEqualTo(tokens.get(prompt).size());
      ended.add(prompt);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 40})
  void sequencesSideBySideGetTheTokensThatEachGetsAlone(int together) {
    List<int[]> prompts = Stream.of(3, 0, 9, 1, 12, 10, 5).map(GeneratorTest::prompt).toList();
    for (Sampling sampling : List.of(Sampling.GREEDY, new Sampling(2, 0, 1, 6))) {
      headBias(END, sampling == Sampling.GREEDY ? -100 : 0);
      Told told = new Told(prompts.size());
      try (Generator side = new Generator(model, backend, END, together)) {
        side.generate(prompts, 25, sampling, told);
      }
      for (int i = 0; i < prompts.size(); i++) {
        List<Integer> alone = generate(prompts.get(i), i == 2 ? 4 : 25, sampling);
        assertThat(told.tokens.get(i)).as("prompt %d", i).isEqualTo(alone);
      }
      assertThat(told.ended).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
    }
  }

  @Test
  void noTokensOfSeveralPromptsEndThemAll() {
    Told told = new Told(5);
    try (Generator side = new Generator(model, backend, END, 2)) {
      side.generate(Collections.nCopies(5, prompt(2)), 0, Sampling.GREEDY, told);
    }
    assertThat(told.ended).containsExactly(0, 1, 2, 3, 4);
  }
}
