package io.ghostmoe.train;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.StepContext;
import io.ghostmoe.model.TokenBatch;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.MoeConfig;
import io.ghostmoe.moe.RoutingStats;
import io.ghostmoe.moe.SeenScores;
import io.ghostmoe.moe.ghost.LayerStatistics;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.Schedule;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.util.List;

/**
 * One optimizer step in two halves: the gradients of its micro-batches, then the update. Between
 * them the caller may look at the gradients, or decide that they are not fit for an update.
 */
public final class TrainingStep implements AutoCloseable {
  private final Transformer model;
  private final AdamW optimizer;
  private final Schedule schedule;
  private final Backend backend;
  private final GhostLifecycle ghosts;
  private final float balanceRate;
  private final long seed;
  private final boolean recomputes;
  private final Arena arena;

  /** What lives from the gradients to the update. */
  private final Arena kept;

  /**
   * Steps that keep all activations for the backward pass.
   *
   * @param model that learns
   * @param optimizer of all the model's parameters
   * @param schedule of the learning rate of all but the ghosts
   * @param backend that holds the weights, and computes
   * @param ghosts of the model
   * @param balanceRate how far the balance bias moves a step
   * @param seed of the dropout masks
   */
  public TrainingStep(
      Transformer model,
      AdamW optimizer,
      Schedule schedule,
      Backend backend,
      GhostLifecycle ghosts,
      float balanceRate,
      long seed) {
    this(model, optimizer, schedule, backend, ghosts, balanceRate, seed, false);
  }

  /**
   * Steps for a model and its optimizer, both of which stay the caller's to close.
   *
   * @param model that learns
   * @param optimizer of all the model's parameters
   * @param schedule of the learning rate of all but the ghosts
   * @param backend that holds the weights, and computes
   * @param ghosts of the model
   * @param balanceRate how far the balance bias moves a step
   * @param seed of the dropout masks
   * @param recomputes whether only the input of each block is kept, and the backward pass computes
   *     its activations anew: the same numbers in less memory and more time
   */
  public TrainingStep(
      Transformer model,
      AdamW optimizer,
      Schedule schedule,
      Backend backend,
      GhostLifecycle ghosts,
      float balanceRate,
      long seed,
      boolean recomputes) {
    this.model = model;
    this.optimizer = optimizer;
    this.schedule = schedule;
    this.backend = backend;
    this.ghosts = ghosts;
    this.balanceRate = balanceRate;
    this.seed = seed;
    this.recomputes = recomputes;
    arena = new Arena(backend);
    kept = new Arena(backend);
  }

  /**
   * What the first half of a step found.
   *
   * @param step from 0
   * @param loss mean nats a target, without auxiliary losses
   * @param auxLoss the weighted auxiliary losses of all layers, mean over the micro-batches
   * @param gradientNorm of all parameters, before clipping
   * @param targets that were scored
   * @param wakes ghosts for which it is the first step
   * @param statistics of each layer
   * @param seen scores of each layer's router, where a ghost of it is waking up; they live until
   *     the next gradients
   */
  public record Gradients(
      long step,
      double loss,
      double auxLoss,
      float gradientNorm,
      int targets,
      List<Wake> wakes,
      List<LayerStatistics> statistics,
      List<SeenScores> seen) {

    /** {@return whether the update would leave numbers, and not NaN or infinities} */
    public boolean finite() {
      return Double.isFinite(loss) && Float.isFinite(gradientNorm);
    }
  }

  /**
   * Forward and backward over the micro-batches of a step, whose gradients add up: each loss is
   * taken over the targets of all of them.
   *
   * @param step from 0; ghosts whose time has come get their storage in it
   * @param microBatches one or more
   * @return what was found; {@link #update} applies it
   * @throws IllegalArgumentException where no batch has a scored target
   */
  public Gradients gradients(long step, List<Batch> microBatches) {
    int targets = microBatches.stream().mapToInt(Batch::scoredTargets).sum();
    if (targets == 0) {
      throw new IllegalArgumentException("step " + step + " has no target to learn from");
    }
    List<Wake> wakes = ghosts.begin();
    if (!wakes.isEmpty()) {
      optimizer.join();
      arena.clear();
      kept.clear();
    }
    kept.reset();
    StepStatistics statistics = new StepStatistics(model, backend, kept);
    double nats = 0;
    double aux = 0;
    for (int i = 0; i < microBatches.size(); i++) {
      Tape tape = tape();
      TokenBatch batch = DeviceBatch.upload(microBatches.get(i), tape);
      float share = 1f / microBatches.size();
      StepContext context = new StepContext(seed, step, i, share, ghosts.wantsDirections());
      Transformer.Loss loss = model.loss(tape, batch, 1f / targets, context);
      tape.backward();
      nats += HostSum.of(loss.losses(), backend);
      aux += share * auxiliaryLoss(loss.routing());
      statistics.add(loss.routing(), microBatches.get(i).segments());
      arena.reset();
    }
    List<LayerStatistics> layers = statistics.layers(arena);
    arena.reset();
    return new Gradients(
        step,
        nats / targets,
        aux,
        optimizer.gradientNorm(),
        targets,
        wakes,
        layers,
        statistics.seen());
  }

  private Tape tape() {
    return recomputes ? Tape.recomputing(backend, arena) : Tape.recording(backend, arena);
  }

  private double auxiliaryLoss(List<RoutingStats> routing) {
    MoeConfig config = model.config().moe();
    double sum = 0;
    float[] losses = new float[2];
    for (RoutingStats stats : routing) {
      backend.read(stats.losses(), losses);
      sum += config.auxLoss() * losses[0] + config.zLoss() * losses[1];
    }
    return sum;
  }

  /** {@return the model that learns} */
  public Transformer model() {
    return model;
  }

  /** {@return the model's optimizer} */
  public AdamW optimizer() {
    return optimizer;
  }

  /** {@return the backend that both compute on} */
  public Backend backend() {
    return backend;
  }

  /** {@return the life of the model's ghosts} */
  public GhostLifecycle ghosts() {
    return ghosts;
  }

  /**
   * {@return the learning rate that a step's update uses for all but the ghosts}
   *
   * @param step from 0
   */
  public double learningRate(long step) {
    return schedule.learningRate(step);
  }

  /**
   * {@return the ghosts' learning rates in the update of a step, {@code [layer][ghost]}; 0 while
   * dormant}
   *
   * @param step from 0, the one that is under way or comes next
   */
  public List<List<Double>> ghostLearningRates(long step) {
    return ghosts.learningRates(step, schedule.learningRate(step), relativeLearningRate(step));
  }

  private double relativeLearningRate(long step) {
    return schedule.peak() == 0 ? 0 : schedule.learningRate(step) / schedule.peak();
  }

  /**
   * Updates weights, balance biases and ghosts.
   *
   * @param gradients what {@link #gradients} returned last, and finite
   */
  public void update(Gradients gradients) {
    long step = gradients.step;
    optimizer.step(ghosts.rates(step, schedule.learningRate(step), relativeLearningRate(step)));
    ghosts.end(step, gradients.loss, gradients.statistics, gradients.seen, balanceRate, arena);
    arena.reset();
  }

  /** Whether everything that a checkpoint's model file holds is a number; waits for the device. */
  boolean weightsAreFinite() {
    float[] piece = new float[1 << 16];
    float poison = 0; // 0 · NaN and 0 · infinity are NaN, and NaN stays
    for (ParameterRegistry.Entry entry : model.registry().entries()) {
      for (Tensor tensor : entry.slices()) {
        for (int from = 0; from < tensor.elements(); from += piece.length) {
          int count = Math.min(piece.length, tensor.elements() - from);
          backend.read(tensor, from, piece, count);
          for (int i = 0; i < count; i++) {
            poison += piece[i] * 0;
          }
        }
      }
    }
    return !Float.isNaN(poison);
  }

  /** The memory of a step, free between steps. */
  Arena arena() {
    return arena;
  }

  /**
   * {@return the bytes held for activations and temporaries: the most that a step with the present
   * experts has needed}
   */
  public long arenaBytes() {
    return arena.bytes() + kept.bytes();
  }

  @Override
  public void close() {
    arena.close();
    kept.close();
  }
}
