package io.ghostmoe.train;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.StepContext;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Measures a model on batches, and changes nothing by it. */
public final class Evaluator {
  private final Transformer model;
  private final Backend backend;

  /**
   * An evaluator of a model that stays the caller's, as the backend does.
   *
   * @param model as it is at the time of each evaluation
   * @param backend that holds the model's weights
   */
  public Evaluator(Transformer model, Backend backend) {
    this.model = model;
    this.backend = backend;
  }

  /**
   * The measure of a model.
   *
   * @param loss mean nats a target
   * @param bitsPerByte Σ nats / (ln 2 · Σ UTF-8 bytes of the scored targets)
   * @param targets that were scored
   */
  public record Result(double loss, double bitsPerByte, long targets) {
    /** {@return e to the loss} */
    public double perplexity() {
      return Math.exp(loss);
    }
  }

  /**
   * Measures the loss over all batches, each target weighing the same.
   *
   * @param batches whose windows are no longer than the model's, and of which one has a scored
   *     target
   * @param cancelled asked before each batch; true ends with a {@link CancellationException}
   * @return the measure
   * @throws CancellationException if it was cancelled
   */
  public Result evaluate(Iterable<Batch> batches, BooleanSupplier cancelled) {
    try (Arena arena = new Arena(backend)) {
      return evaluate(batches, cancelled, arena);
    }
  }

  /** The same in memory that is there already, and free. */
  Result evaluate(Iterable<Batch> batches, BooleanSupplier cancelled, Arena arena) {
    double nats = 0;
    long targets = 0;
    long bytes = 0;
    for (Batch batch : batches) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("evaluation was cancelled");
      }
      Tape tape = Tape.forwardOnly(backend, arena);
      Transformer.Loss loss =
          model.loss(tape, DeviceBatch.upload(batch, tape), 1, StepContext.EVALUATION);
      nats += HostSum.of(loss.losses(), backend);
      targets += batch.scoredTargets();
      bytes += batch.scoredBytes();
      arena.reset();
    }
    return new Result(nats / targets, nats / (Math.log(2) * bytes), targets);
  }
}
