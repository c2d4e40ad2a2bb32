package io.ghostmoe.train;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.Sha256;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.BatchPosition;
import io.ghostmoe.data.batch.BatchSource;
import io.ghostmoe.model.KeyValueCache;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.NewTokens;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamWConfig;
import io.ghostmoe.optim.Schedule;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A model of awkward sizes in training: extents that divide no vector and no tile, dropout,
 * auxiliary losses, several segments a row, padding, and fewer experts a token than there are.
 */
final class OddRun implements AutoCloseable {
  private static final long SEED = 11;
  private static final int MICRO_BATCHES = 2;

  /** Extents small enough for an interpreter, yet with whole vectors and whole tiles. */
  static final ModelConfig TINY = new ModelConfig(71, 7, 34, 1, 2, 3, 2, 37, 0.1f, 0.01f, 0.001f);

  /** Extents that are cut into several tasks everywhere. */
  static final ModelConfig SMALL =
      new ModelConfig(1003, 67, 44, 2, 4, 5, 2, 93, 0.1f, 0.01f, 0.001f);

  private final Backend backend;
  private final ModelConfig config;
  private final int rows;
  private final Transformer model;
  private final AdamW optimizer;
  private final TrainingStep step;

  OddRun(Backend backend, ModelConfig config, int rows) {
    this(backend, config, rows, GhostFixture.none(config));
  }

  OddRun(Backend backend, ModelConfig config, int rows, GhostConfig ghosts) {
    this(backend, config, rows, ghosts, false);
  }

  OddRun(Backend backend, ModelConfig config, int rows, GhostConfig ghosts, boolean recomputes) {
    this.backend = backend;
    this.config = config;
    this.rows = rows;
    model = new Transformer(config, backend, SEED, true);
    optimizer = new AdamW(new AdamWConfig(0.9f, 0.95f, 1e-8f, 0.1f, 1f), model.registry(), backend);
    step =
        new TrainingStep(
            model,
            optimizer,
            new Schedule.Cosine(1e-2, 1e-3, 1, 10),
            backend,
            new GhostLifecycle(ghosts, model),
            0.01f,
            SEED,
            recomputes);
  }

  /** Everything that some steps, an evaluation and a generation compute, as raw bits by name. */
  Map<String, int[]> bits(int steps) {
    Map<String, int[]> bits = new LinkedHashMap<>();
    for (int t = 0; t < steps; t++) {
      TrainingStep.Gradients found = gradients(t);
      bits.put("loss of step " + t, bits(found.loss()));
      bits.put("auxiliary loss of step " + t, bits(found.auxLoss()));
      bits.put("gradient norm of step " + t, bits(found.gradientNorm()));
      bits.put(
          "expert counts of step " + t,
          found.statistics().stream()
              .flatMapToInt(layer -> Arrays.stream(layer.counts()))
              .toArray());
      step.update(found);
    }
    bits.putAll(weights());
    Evaluator.Result evaluation =
        new Evaluator(model, backend).evaluate(List.of(batch(100), batch(101)), () -> false);
    bits.put("evaluation loss", bits(evaluation.loss()));
    bits.put("logits", logitsOf(model));
    bits.put("deep product", deepProduct());
    bits.put("measures", OddMeasures.bits(backend));
    return bits;
  }

  /** Weights, biases and moments as raw bits by name. */
  Map<String, int[]> weights() {
    Map<String, int[]> bits = new LinkedHashMap<>();
    for (ParameterRegistry.Entry entry : model.registry().entries()) {
      for (int slice = 0; slice < entry.slices().size(); slice++) {
        bits.put(entry.name() + " " + slice, bits(entry.slices().get(slice)));
      }
    }
    for (AdamW.Moments moments : optimizer.moments()) {
      String name = moments.parameter().name() + " " + moments.parameter().slice();
      bits.put("m of " + name, bits(moments.m()));
      bits.put("v of " + name, bits(moments.v()));
    }
    return bits;
  }

  /** The first half of step {@code t}, over its micro-batches. */
  TrainingStep.Gradients gradients(int t) {
    return step.gradients(t, List.of(batch(t * MICRO_BATCHES), batch(t * MICRO_BATCHES + 1)));
  }

  /** Steps {@code from} to {@code to} − 1; what the last of them found. */
  TrainingStep.Gradients train(int from, int to) {
    TrainingStep.Gradients found = null;
    for (int t = from; t < to; t++) {
      found = gradients(t);
      step.update(found);
    }
    return Objects.requireNonNull(found);
  }

  /** An evaluation, which changes nothing. */
  double evaluate() {
    return new Evaluator(model, backend)
        .evaluate(List.of(batch(100), batch(101)), () -> false)
        .loss();
  }

  Transformer model() {
    return model;
  }

  AdamW optimizer() {
    return optimizer;
  }

  /** The step that learns. */
  TrainingStep step() {
    return step;
  }

  /** One epoch that is long enough, of batches as above. */
  BatchSource source() {
    return new BatchSource() {
      private BatchPosition position = BatchPosition.START;

      @Override
      public Batch next() {
        Batch batch = batch((int) position.batch());
        position = new BatchPosition(0, position.batch() + 1);
        return batch;
      }

      @Override
      public BatchPosition position() {
        return position;
      }

      @Override
      public void seek(BatchPosition place) {
        position = place;
      }

      @Override
      public long batchesPerEpoch() {
        return 1000;
      }
    };
  }

  /** A prompt at once, then tokens one by one over the cache. */
  int[] logitsOf(Transformer any) {
    int prompt = config.length() / 2;
    int[] all = new int[(config.length() - prompt + 1) * config.vocabulary()];
    try (Arena arena = new Arena(backend);
        KeyValueCache cache = new KeyValueCache(backend, config, 1)) {
      int[] ids = batch(102).inputs();
      int at = 0;
      for (int end = prompt; end <= config.length(); end++) {
        int[] fed = Arrays.copyOfRange(ids, cache.length(0), end);
        Tensor row =
            any.nextLogits(Tape.forwardOnly(backend, arena), List.of(new NewTokens(0, fed)), cache);
        int[] found = bits(row);
        System.arraycopy(found, 0, all, at, found.length);
        at += found.length;
        arena.reset();
      }
    }
    return all;
  }

  /** A product over more terms than one block of the matrix kernel takes. */
  private int[] deepProduct() {
    Tensor x = drawn("deep x", 7, 259);
    Tensor weight = drawn("deep weight", 35, 259);
    Tensor out = backend.allocate(DType.F32, 7, 35);
    backend.linear(x, weight, null, out);
    return bits(out);
  }

  private Tensor drawn(String name, int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    float[] values = new float[tensor.elements()];
    long key = CounterRandom.key(SEED, name);
    for (int i = 0; i < values.length; i++) {
      values[i] = CounterRandom.uniform(key, i) - 0.5f;
    }
    backend.write(values, tensor);
    return tensor;
  }

  /** Rows of segments of drawn lengths; the last row ends in padding. */
  private Batch batch(int number) {
    int length = config.length();
    int n = rows * length;
    long key = CounterRandom.key(SEED, "odd batch", number);
    int[] ids = new int[n];
    int[] targets = new int[n];
    int[] segments = new int[n];
    int[] positions = new int[n];
    int scored = 0;
    int real = 0;
    for (int i = 0; i < n; i++) {
      boolean padding = i >= n - length / 3;
      boolean starts = i % length == 0 || CounterRandom.below(key, 3L * i, 5) == 0;
      segments[i] = padding ? -1 : i % length == 0 ? 0 : segments[i - 1] + (starts ? 1 : 0);
      positions[i] = padding || starts ? 0 : positions[i - 1] + 1;
      ids[i] = padding ? 0 : CounterRandom.below(key, 3L * i + 1, config.vocabulary());
      boolean target = !padding && i % 4 != 3;
      targets[i] = target ? CounterRandom.below(key, 3L * i + 2, config.vocabulary()) : -1;
      scored += target ? 1 : 0;
      real += padding ? 0 : 1;
    }
    return new Batch(rows, length, ids, targets, segments, positions, scored, real, scored);
  }

  private int[] bits(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static int[] bits(double value) {
    long bits = Double.doubleToRawLongBits(value);
    return new int[] {(int) (bits >>> 32), (int) bits};
  }

  /** One line a name: the hash of its bits. */
  static List<String> digest(Map<String, int[]> bits) {
    List<String> lines = new ArrayList<>();
    bits.forEach(
        (name, values) -> {
          ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
          bytes.asIntBuffer().put(values);
          lines.add(name + " " + Sha256.of(bytes.array()));
        });
    return lines;
  }

  @Override
  public void close() {
    step.close();
    optimizer.close();
    model.close();
  }
}
