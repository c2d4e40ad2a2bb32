package io.ghostmoe.checkpoint;

import io.ghostmoe.base.UserException;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.MoeLayer;
import io.ghostmoe.moe.ghost.LayerGhosts;
import io.ghostmoe.moe.ghost.RoutingPlan;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamW.Moments;
import io.ghostmoe.tensor.Backend;
import java.nio.file.Path;
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
    if (!best) {
      keepBest(store, state);
    }
    store.save(
        state.step(),
        best,
        folder -> {
          ModelFile.write(model.registry(), backend, folder.resolve(MODEL));
          OptimizerFile.write(optimizer, backend, folder.resolve(OPTIMIZER));
          state.write(folder.resolve(STATE));
        });
  }

  private static void keepBest(CheckpointStore store, TrainState state) {
    if (state.bestEvalLoss() != null) {
      store.keepBest(state.bestStep());
    }
  }

  /** Completes the save of a checkpoint that has been loaded, in case it was killed at its end. */
  public static void completeSave(CheckpointStore store, TrainState state) {
    keepBest(store, state);
    store.completeRotation();
  }

  /** Puts weights, moments and update counts back, and returns where the run stood. */
  public static TrainState load(
      Checkpoint checkpoint, Transformer model, AdamW optimizer, Backend backend) {
    TrainState state = loadWeights(checkpoint, model, backend);
    optimizer.join();
    OptimizerFile.read(optimizer, backend, checkpoint.file(OPTIMIZER));
    optimizer.counts(state.updates());
    return state;
  }

  /**
   * Puts the weights back, those of the awake ghosts included, for evaluation and generation, and
   * returns where the run stood.
   */
  public static TrainState loadWeights(Checkpoint checkpoint, Transformer model, Backend backend) {
    TrainState state = TrainState.read(checkpoint.file(STATE));
    Path file = checkpoint.file(MODEL);
    restoreExperts(model, state.ghosts().layers(), file);
    ModelFile.read(model.registry(), backend, file);
    return state;
  }

  /** Where the ghosts of each layer stood, without loading anything. */
  public static List<LayerGhosts> ghosts(Checkpoint checkpoint) {
    return TrainState.readGhosts(checkpoint.file(STATE));
  }

  /**
   * How many experts each layer of a checkpoint's weights has: the primaries, and those of the
   * awake ghosts that have had a step.
   *
   * @param ghosts of each layer, out of the checkpoint's state
   * @throws UserException where the counts do not fit the run
   */
  public static List<Integer> experts(
      Path file, int primaries, int layers, List<LayerGhosts> ghosts) {
    List<Integer> stored = ModelFile.experts(file, layers);
    for (int i = 0; i < layers; i++) {
      int woken = stored.get(i) - primaries;
      if (ghosts.size() != layers || woken < 0 || woken > ghosts.get(i).awake().size()) {
        throw UserException.input(
            "%s: layer %d holds %d experts, which does not fit the run's %d and its ghosts: it belongs to another configuration."
                .formatted(file, i, stored.get(i), primaries));
      }
    }
    return stored;
  }

  /** Makes room for the ghosts that the file holds, and tells the routers how far they are. */
  private static void restoreExperts(Transformer model, List<LayerGhosts> ghosts, Path file) {
    int primaries = model.config().experts();
    List<Integer> stored = experts(file, primaries, model.moeLayers().size(), ghosts);
    for (int i = 0; i < stored.size(); i++) {
      int woken = stored.get(i) - primaries;
      MoeLayer layer = model.moeLayers().get(i);
      layer.restore(stored.get(i));
      layer.follow(
          RoutingPlan.of(
              primaries, model.config().topK(), ghosts.get(i).awake().subList(0, woken)));
    }
  }

  /** How often each parameter was updated, for the state to save. */
  public static List<Long> updates(AdamW optimizer) {
    return optimizer.moments().stream().map(Moments::count).toList();
  }
}
