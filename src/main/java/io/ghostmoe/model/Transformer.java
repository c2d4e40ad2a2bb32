package io.ghostmoe.model;

import io.ghostmoe.autograd.Dropout;
import io.ghostmoe.autograd.Embedding;
import io.ghostmoe.autograd.LayerNorm;
import io.ghostmoe.autograd.Linear;
import io.ghostmoe.autograd.LinearCrossEntropy;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Recompute;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.moe.MoeLayer;
import io.ghostmoe.moe.RoutingStats;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Preset {@code gpt}: a pre-norm decoder with token and learned position embeddings, LayerNorm,
 * GELU, biases, an expert layer in every block, and an untied head with bias. Source: Radford et
 * al. 2019 for the frame, Fedus et al. 2021 for the experts.
 */
public final class Transformer implements AutoCloseable {
  /** Standard deviation of initial weights and embeddings. */
  static final double DEVIATION = 0.02;

  private final ModelConfig config;
  private final Backend backend;
  private final ParameterRegistry registry;
  private final Parameter tokenEmbedding;
  private final Parameter positionEmbedding;
  private final List<Block> blocks = new ArrayList<>();
  private final Parameter outputNormGain;
  private final Parameter outputNormBias;
  private final Parameter headWeight;
  private final Parameter headBias;

  /**
   * Builds and initialises the model.
   *
   * @param seed of the initial weights
   * @param training whether parameters get memory for gradients
   */
  public Transformer(ModelConfig config, Backend backend, long seed, boolean training) {
    this.config = config;
    this.backend = backend;
    registry = new ParameterRegistry(backend, seed, training);
    int c = config.width();
    // so that the residual stream's variance does not grow with depth (GPT-2)
    double residualDeviation = DEVIATION / Math.sqrt(2.0 * config.layers());
    tokenEmbedding =
        registry.normal("token_embedding.weight", DEVIATION, false, config.vocabulary(), c);
    positionEmbedding =
        registry.normal("position_embedding.weight", DEVIATION, false, config.length(), c);
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(new Block(registry, layer, config, residualDeviation));
    }
    outputNormGain = registry.constant("output_norm.weight", 1, c);
    outputNormBias = registry.constant("output_norm.bias", 0, c);
    headWeight = registry.normal("head.weight", DEVIATION, true, config.vocabulary(), c);
    headBias = registry.constant("head.bias", 0, config.vocabulary());
  }

  /** The extents. */
  public ModelConfig config() {
    return config;
  }

  /** Every tensor by its name in files. */
  public ParameterRegistry registry() {
    return registry;
  }

  /** The expert layers, in the order of depth. */
  public List<MoeLayer> moeLayers() {
    return blocks.stream().map(Block::moe).toList();
  }

  /** Parameters that work on one token. */
  public long activeParameters() {
    int awake = moeLayers().stream().mapToInt(MoeLayer::awake).sum();
    return config.activeParameters(registry.count(), awake);
  }

  /**
   * What a forward pass with targets gives, all of it alive until the step's memory is reset.
   *
   * @param losses [N] in nats, 0 where there is no target
   * @param routing one a layer
   */
  public record Loss(Tensor losses, List<RoutingStats> routing) {}

  /**
   * The loss of a batch; on a recording tape {@code tape.backward()} then completes the gradients
   * of {@code scale·Σ losses} plus the weighted auxiliary losses.
   *
   * @param scale usually 1 / number of targets of the whole optimizer step
   */
  public Loss loss(Tape tape, TokenBatch batch, float scale, StepContext context) {
    Variable x =
        Embedding.apply(tape, batch.ids(), batch.positions(), tokenEmbedding, positionEmbedding);
    x = Dropout.apply(tape, x, config.dropout(), context.dropoutKey(0));
    List<RoutingStats> routing = new ArrayList<>();
    for (Block block : blocks) {
      Recompute.Part<MoeLayer.Output> part =
          (pass, input) -> block.forward(pass, input, batch.segments(), context);
      // the last is walked back at once: there is nothing that its memory could serve meanwhile
      boolean last = block == blocks.getLast();
      MoeLayer.Output output = last ? part.run(tape, x) : Recompute.apply(tape, x, part);
      x = output.y();
      routing.add(output.stats());
    }
    Variable hidden = LayerNorm.apply(tape, x, outputNormGain, outputNormBias);
    Tensor losses =
        LinearCrossEntropy.apply(tape, hidden, headWeight, headBias, batch.targets(), scale);
    return new Loss(losses, routing);
  }

  /**
   * The logits that follow each of the sequences, to which their new tokens are appended.
   *
   * @param tape forward only
   * @param fresh at least one, no two of one sequence; of each at most what still fits
   * @return [sequences of fresh,V] in their order, alive until the tape's memory is reset
   * @throws IllegalArgumentException where there are none or more than fit; the cache stays as it
   *     is
   */
  public Tensor nextLogits(Tape tape, List<NewTokens> fresh, KeyValueCache cache) {
    requireRoom(fresh, cache);
    int n = fresh.stream().mapToInt(piece -> piece.ids().length).sum();
    int[] ids = new int[n];
    int[] positions = new int[n];
    int[] rows = new int[n];
    int[] last = new int[fresh.size()];
    int i = 0;
    for (int piece = 0; piece < last.length; piece++) {
      int sequence = fresh.get(piece).sequence();
      int position = cache.length(sequence);
      for (int id : fresh.get(piece).ids()) {
        ids[i] = id;
        positions[i] = position;
        rows[i] = sequence * cache.capacity() + position;
        position++;
        i++;
      }
      last[piece] = i - 1;
    }
    Variable x =
        Embedding.apply(
            tape, ints(tape, ids, n), ints(tape, positions, n), tokenEmbedding, positionEmbedding);
    Tensor places = ints(tape, rows, n);
    Tensor segments = ints(tape, new int[n], 1, n);
    for (Block block : blocks) {
      x = block.forwardCached(tape, x, places, segments, cache);
    }
    fresh.forEach(piece -> cache.advance(piece.sequence(), piece.ids().length));
    Variable hidden = LayerNorm.apply(tape, rowsOf(tape, x, last), outputNormGain, outputNormBias);
    return Linear.apply(tape, hidden, headWeight, headBias).value();
  }

  private static void requireRoom(List<NewTokens> fresh, KeyValueCache cache) {
    boolean[] named = new boolean[cache.sequences()];
    for (NewTokens piece : fresh) {
      int n = piece.ids().length;
      int held = cache.length(piece.sequence());
      if (n < 1 || n > cache.capacity() - held || named[piece.sequence()]) {
        throw new IllegalArgumentException(
            "%d tokens of sequence %d for a cache of %d positions that holds %d%s"
                .formatted(
                    n,
                    piece.sequence(),
                    cache.capacity(),
                    held,
                    named[piece.sequence()] ? ", twice" : ""));
      }
      named[piece.sequence()] = true;
    }
    if (fresh.isEmpty()) {
      throw new IllegalArgumentException("no tokens of any sequence");
    }
  }

  private Tensor ints(Tape tape, int[] values, int... dims) {
    Tensor tensor = tape.take(DType.I32, dims);
    backend.write(values, tensor);
    return tensor;
  }

  /** Some rows alone: the head need not see the others. */
  private Variable rowsOf(Tape tape, Variable x, int[] rows) {
    if (rows.length == x.value().dim(0)) {
      return x;
    }
    int width = config.width();
    float[] all = new float[x.value().elements()];
    backend.read(x.value(), all);
    float[] some = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(all, rows[i] * width, some, i * width, width);
    }
    Variable chosen = tape.variable(rows.length, width);
    backend.write(some, chosen.value());
    return chosen;
  }

  @Override
  public void close() {
    blocks.forEach(Block::close);
    registry.close();
  }
}
