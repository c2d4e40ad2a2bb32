package io.ghostmoe.train;

import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.batch.BatchPosition;
import io.ghostmoe.data.batch.BatchSource;
import io.ghostmoe.moe.ghost.LayerSignal;
import io.ghostmoe.moe.ghost.LayerStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The loop: sample → forward → loss → backward → clip → step → log, evaluate, save. It only
 * sequences; what each word means is in the classes it calls.
 */
public final class Trainer {
  private final TrainingStep step;
  private final BatchSource batches;
  private final Iterable<Batch> evalBatches;
  private final TrainPlan plan;
  private final CheckpointStore checkpoints;
  private final Optional<TraceWriter> trace;
  private final TrainListener listener;
  private final RunIdentity identity;
  private final Evaluator evaluator;
  private Progress progress = new Progress();
  private long saved = -1;
  private double evalSeconds;
  private @Nullable EvaluationMetrics lastEvaluation;

  /**
   * A run over collaborators that stay the caller's to close.
   *
   * @param step what is repeated, with the model, its optimizer and its ghosts
   * @param batches to train on, at their start or at a checkpoint's place
   * @param evalBatches to evaluate on, the same each time
   * @param plan when the run ends, and what is due in between
   * @param checkpoints where the run's are saved, and no other's
   * @param trace where another framework's replay is written, if anywhere
   * @param listener hears how it goes, on the thread of {@link #run}, and can stop it
   * @param identity for the checkpoints
   */
  public Trainer(
      TrainingStep step,
      BatchSource batches,
      Iterable<Batch> evalBatches,
      TrainPlan plan,
      CheckpointStore checkpoints,
      Optional<TraceWriter> trace,
      TrainListener listener,
      RunIdentity identity) {
    this.step = step;
    this.batches = batches;
    this.evalBatches = evalBatches;
    this.plan = plan;
    this.checkpoints = checkpoints;
    this.trace = trace;
    this.listener = listener;
    this.identity = identity;
    evaluator = new Evaluator(step.model(), step.backend());
  }

  /**
   * Takes the run up where a checkpoint left it; weights and moments are loaded already.
   *
   * @param state of the checkpoint
   * @throws UserException where its ghosts are of another configuration
   * @throws IllegalArgumentException where its place in the data does not exist
   */
  public void resume(TrainState state) {
    progress = new Progress(state);
    saved = state.step();
    batches.seek(new BatchPosition(state.epoch(), state.batch()));
    step.ghosts().resume(state.ghosts());
  }

  /**
   * What a run came to.
   *
   * @param steps done, those before a resume included
   * @param interrupted whether the listener stopped it, be it in the last evaluation
   * @param tokens real input tokens
   * @param firstLoss of the first step
   * @param lastLoss of the last step
   * @param finalLoss mean of the last min(10, steps) steps
   * @param evaluation at the end; empty where the run was interrupted
   * @param trainSeconds in training steps
   * @param evalSeconds in evaluations of this process
   */
  public record Outcome(
      long steps,
      boolean interrupted,
      long tokens,
      double firstLoss,
      double lastLoss,
      double finalLoss,
      Optional<EvaluationMetrics> evaluation,
      double trainSeconds,
      double evalSeconds) {}

  /**
   * Trains to the last step, or until the listener stops it; either way the state is saved.
   *
   * @param metrics receives the logged steps; stays the caller's to close
   * @return what the run came to, the part before a resume included
   * @throws UserException where the loss is no number any more or has run away; says which
   *     checkpoint is the last, and no checkpoint holds a weight that is no number. Also where the
   *     disk does not take a line or a checkpoint
   */
  public Outcome run(MetricsFile metrics) {
    if (progress.evaluationDue()) {
      catchUp(metrics);
    }
    while (!progress.evaluationDue()
        && progress.step() < plan.maxSteps()
        && !listener.cancelled()) {
      StepMetrics done = trainStep(metrics);
      listener.onStep(done);
      finish(done, metrics);
    }
    boolean unfinished = progress.evaluationDue() || progress.step() < plan.maxSteps();
    // a run that was killed after its last checkpoint still owes its last evaluation to the summary
    boolean owing = !unfinished && lastEvaluation == null;
    boolean interrupted = unfinished || (owing && evaluate().isEmpty());
    if (interrupted && saved < progress.step()) {
      save(false, metrics);
    }
    return outcome(interrupted);
  }

  /** The evaluation in which the run was interrupted. */
  private void catchUp(MetricsFile metrics) {
    Optional<EvaluationMetrics> evaluation = evaluate();
    if (evaluation.isPresent()) {
      boolean best = progress.evaluated(evaluation.get().loss());
      metrics.complete(evaluation.get());
      save(best, metrics);
    }
  }

  /** What follows a step, as far as it is due: evaluation, a line of metrics, a checkpoint. */
  private void finish(StepMetrics done, MetricsFile metrics) {
    boolean last = progress.step() == plan.maxSteps();
    boolean evaluates = last || isDue(plan.evalEvery());
    Optional<EvaluationMetrics> evaluation = Optional.empty();
    if (evaluates) {
      progress.requireEvaluation();
      evaluation = evaluate();
    }
    boolean best = evaluation.isPresent() && progress.evaluated(evaluation.get().loss());
    if (evaluates || isDue(plan.logEvery())) {
      metrics.append(done, evaluation);
    }
    if (last || best || isDue(plan.saveEvery())) {
      save(best, metrics);
    }
  }

  private boolean isDue(int every) {
    return progress.step() % every == 0;
  }

  private StepMetrics trainStep(MetricsFile metrics) {
    long start = System.nanoTime();
    long index = progress.step();
    BatchPosition place = batches.position();
    List<Batch> microBatches = draw();
    TrainingStep.Gradients gradients = step.gradients(index, microBatches);
    gradients.wakes().forEach(listener::onWake);
    if (!gradients.finite()) {
      batches.seek(place); // a state is that of the step before, its place in the data too
      throw spoilt(gradients, metrics);
    }
    trace.ifPresent(writer -> writer.step(gradients, microBatches, step));
    StepGhosts ghosts = StepGhosts.of(step, index);
    step.update(gradients);
    double seconds = (System.nanoTime() - start) * 1e-9;
    long tokens = microBatches.stream().mapToLong(Batch::realTokens).sum();
    progress.stepDone(gradients.loss(), tokens, seconds);
    if (progress.diverged()) {
      throw stop(
          "step %d: ten losses running were over twice the first (%.4f after %.4f)"
              .formatted(index + 1, gradients.loss(), progress.firstLoss()));
    }
    return metrics(gradients, ghosts, tokens, seconds);
  }

  /** The next step's micro-batches; batches in which nothing is scored teach nothing. */
  private List<Batch> draw() {
    for (long tries = 0; tries <= batches.batchesPerEpoch(); tries++) {
      List<Batch> microBatches = new ArrayList<>();
      for (int i = 0; i < plan.gradAccumulation(); i++) {
        microBatches.add(batches.next());
      }
      if (microBatches.stream().anyMatch(batch -> batch.scoredTargets() > 0)) {
        return microBatches;
      }
    }
    throw UserException.input(
        "no batch of the training data has a token to be scored: raise --max-seq-length, or pass"
            + " --loss-on all.");
  }

  /** Weights whose loss is a number are good, and saved; their update would have spoilt them. */
  private UserException spoilt(TrainingStep.Gradients gradients, MetricsFile metrics) {
    if (Double.isFinite(gradients.loss()) && saved < progress.step()) {
      save(false, metrics);
    }
    return stop(
        "step %d: the loss is %s and the gradient's norm %s"
            .formatted(gradients.step() + 1, gradients.loss(), gradients.gradientNorm()));
  }

  private UserException stop(String what) {
    String kept =
        saved < 0
            ? "no checkpoint had been saved yet"
            : "the last checkpoint is that of step " + saved;
    return UserException.environment(
        "%s: training stopped; %s; start again with a lower --learning-rate or a longer --warmup-steps."
            .formatted(what, kept));
  }

  private StepMetrics metrics(
      TrainingStep.Gradients gradients, StepGhosts ghosts, long tokens, double seconds) {
    BatchPosition position = batches.position();
    return new StepMetrics(
        progress.step(),
        position.epoch() + position.batch() / (double) batches.batchesPerEpoch(),
        progress.tokens(),
        gradients.loss(),
        step.learningRate(gradients.step()),
        ghosts.learningRates(),
        gradients.gradientNorm(),
        tokens / seconds,
        seconds * 1e3,
        ghosts.states(),
        ghosts.activations(),
        step.ghosts().signals().stream().map(LayerSignal::saturation).toList(),
        gradients.statistics().stream().map(LayerStatistics::load).toList());
  }

  /** An evaluation, or nothing where the user stops it half-way. */
  private Optional<EvaluationMetrics> evaluate() {
    long start = System.nanoTime();
    try {
      Evaluator.Result found = evaluator.evaluate(evalBatches, listener::cancelled, step.arena());
      if (!Double.isFinite(found.loss())) {
        throw stop("step %d: the evaluation loss is %s".formatted(progress.step(), found.loss()));
      }
      EvaluationMetrics metrics =
          new EvaluationMetrics(
              progress.step(), found.loss(), found.bitsPerByte(), found.perplexity());
      lastEvaluation = metrics;
      listener.onEvaluation(metrics);
      return Optional.of(metrics);
    } catch (CancellationException e) {
      return Optional.empty();
    } finally {
      evalSeconds += (System.nanoTime() - start) * 1e-9;
    }
  }

  private void save(boolean best, MetricsFile metrics) {
    if (!step.weightsAreFinite()) {
      throw stop("step %d: a weight is no number any more".formatted(progress.step()));
    }
    TrainState state =
        progress.state(
            batches.position(),
            identity,
            metrics.mark(progress.evaluationDue()),
            TrainingCheckpoint.updates(step.optimizer()),
            step.ghosts().progress());
    TrainingCheckpoint.save(checkpoints, step.model(), step.optimizer(), step.backend(), state);
    saved = state.step();
    listener.onCheckpoint(state.step(), best);
  }

  private Outcome outcome(boolean interrupted) {
    EvaluationMetrics last = lastEvaluation;
    boolean current = last != null && last.step() == progress.step();
    return new Outcome(
        progress.step(),
        interrupted,
        progress.tokens(),
        progress.firstLoss(),
        progress.lastLoss(),
        progress.recentLoss(),
        current ? Optional.ofNullable(last) : Optional.empty(),
        progress.trainSeconds(),
        evalSeconds);
  }
}
