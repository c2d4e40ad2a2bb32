package io.ghostmoe;

import io.ghostmoe.RunInspection.GhostInfo;
import io.ghostmoe.RunInspection.LayerInfo;
import io.ghostmoe.RunInspection.TensorInfo;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.ModelFile;
import io.ghostmoe.checkpoint.SafetensorsEntry;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.model.MemoryPlan;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.LayerGhosts;
import io.ghostmoe.train.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts together what a checkpoint's small files and headers say. */
final class RunInspector {
  private RunInspector() {}

  static RunInspection inspect(RunFolder folder, String choice) {
    TrainSettings settings = TrainSettings.of(TrainSettings.readJson(folder.config()));
    Checkpoint checkpoint = CheckpointChoice.find(folder, choice);
    Path file = checkpoint.unverifiedFile(TrainingCheckpoint.MODEL);
    ModelConfig model = EngineConfig.model(settings, vocabulary(file, settings));
    List<LayerGhosts> ghosts = TrainingCheckpoint.ghosts(checkpoint);
    List<Integer> experts =
        TrainingCheckpoint.experts(file, model.experts(), model.layers(), ghosts);
    List<TensorInfo> tensors = ModelFile.entries(file).stream().map(RunInspector::tensor).toList();
    int awake = experts.stream().mapToInt(Integer::intValue).sum();
    long parameters =
        tensors.stream().filter(TensorInfo::learned).mapToLong(TensorInfo::count).sum();
    requireFitting(file, model, awake, parameters);
    return new RunInspection(
        folder.name(),
        checkpoint.folder(),
        checkpoint.step(),
        tensors,
        parameters,
        parameters,
        model.activeParameters(parameters, awake),
        tensors.stream().mapToLong(TensorInfo::bytes).sum(),
        checkpoint.bytes(),
        layers(model.experts(), experts, ghosts));
  }

  /** The one extent of a model that its settings do not name; the tokenizer would take a while. */
  private static int vocabulary(Path file, TrainSettings settings) {
    long width = settings.get(ModelSettings.EMBED_DIM);
    SafetensorsEntry table = ModelFile.tokenEmbedding(file);
    int vocabulary = Math.clamp(table.elements() / width, 1, Integer.MAX_VALUE);
    table.requireShape(file, vocabulary, width);
    return vocabulary;
  }

  private static TensorInfo tensor(SafetensorsEntry entry) {
    return new TensorInfo(
        entry.name(),
        entry.shape(),
        entry.elements(),
        entry.elements() * Float.BYTES,
        ModelFile.isLearned(entry.name()));
  }

  private static void requireFitting(Path file, ModelConfig model, int awake, long parameters) {
    long woken = awake - (long) model.layers() * model.experts();
    long expected =
        MemoryPlan.parameters(model) + woken * (model.width() + model.moe().expertParameters());
    if (parameters != expected) {
      throw UserException.input(
          "%s holds %d parameters, the run's configuration makes %d: check that config.json belongs to this file."
              .formatted(file, parameters, expected));
    }
  }

  private static List<LayerInfo> layers(
      int primaries, List<Integer> experts, List<LayerGhosts> ghosts) {
    List<LayerInfo> layers = new ArrayList<>();
    for (int layer = 0; layer < experts.size(); layer++) {
      int stored = experts.get(layer);
      List<GhostInfo> infos = new ArrayList<>();
      for (Ghost ghost : ghosts.get(layer).ghosts()) {
        infos.add(ghost(ghost, primaries + infos.size(), stored));
      }
      layers.add(new LayerInfo(primaries, stored, infos));
    }
    return layers;
  }

  private static GhostInfo ghost(Ghost ghost, int expert, int stored) {
    return new GhostInfo(
        ghost.state().name(),
        ghost.activation(),
        expert < stored,
        ghost.wakeStep() >= 0 ? Optional.of(ghost.wakeStep() + 1) : Optional.empty(),
        ghost.isAwake() ? Optional.of(expert) : Optional.empty(),
        ghost.isClone() ? Optional.of(ghost.parent()) : Optional.empty());
  }
}
