package io.ghostmoe.checkpoint;

import io.ghostmoe.model.Transformer;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamW.Moments;
import io.ghostmoe.tensor.Backend;
import java.util.List;

/** All that a run needs to go on bit for bit: weights, moments, and where it stands. */
public final class TrainingCheckpoint {
  /** The weights' file. */
  public static final String MODEL = "model.safetensors";

  private static final String OPTIMIZER = "optimizer.safetensors";
  private static final String STATE = "state.json";

  private TrainingCheckpoint() {}

  /** Saves a checkpoint of {@code state.step()} and makes it the latest, and the best if it is. */
  public static void save(
      CheckpointStore store,
      Transformer model,
      AdamW optimizer,
      Backend backend,
      TrainState state) {
    boolean best = state.bestEvalLoss() != null && state.bestStep() == state.step();
    store.save(
        state.step(),
        best,
        folder -> {
          ModelFile.write(model.registry(), backend, folder.resolve(MODEL));
          OptimizerFile.write(optimizer, backend, folder.resolve(OPTIMIZER));
          state.write(folder.resolve(STATE));
        });
  }

  /** Puts weights, moments and update counts back, and returns where the run stood. */
  public static TrainState load(
      Checkpoint checkpoint, Transformer model, AdamW optimizer, Backend backend) {
    TrainState state = TrainState.read(checkpoint.file(STATE));
    ModelFile.read(model.registry(), backend, checkpoint.file(MODEL));
    OptimizerFile.read(optimizer, backend, checkpoint.file(OPTIMIZER));
    optimizer.counts(state.updates());
    return state;
  }

  /** Puts the weights back, for evaluation and generation. */
  public static void loadWeights(Checkpoint checkpoint, Transformer model, Backend backend) {
    ModelFile.read(model.registry(), backend, checkpoint.file(MODEL));
  }

  /** How often each parameter was updated, for the state to save. */
  public static List<Long> updates(AdamW optimizer) {
    return optimizer.moments().stream().map(Moments::count).toList();
  }
}
