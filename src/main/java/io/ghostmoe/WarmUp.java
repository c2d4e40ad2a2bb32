package io.ghostmoe;

import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.device.Device;
import io.ghostmoe.model.ModelConfig;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.train.TrainingStep;
import java.util.Arrays;
import java.util.List;

/**
 * Steps of a tiny model on a thread of its own, while a run prepares its data. Until the optimising
 * compiler has a kernel, its vectors are objects and it is a hundred times slower, so that the
 * first step of a cold process waits longer than fifteen later ones take together. What the
 * compiler is given to do meanwhile need not be waited for.
 *
 * <p>It computes on a backend of its own, and no result depends on it.
 */
final class WarmUp {
  private static final int STEPS = 2;
  private static final int ROWS = 2;

  /** Neither this nor the vocabulary is a multiple of a tile, so that edges are met too. */
  private static final int LENGTH = 24;

  private static final int VOCABULARY = 200;

  private WarmUp() {}

  /**
   * Starts it beside what the caller does next, where the device has kernels to be compiled; where
   * they are already, it is over in some milliseconds.
   */
  static void beside(Device device) {
    device
        .twin()
        .ifPresent(
            twin ->
                Thread.ofPlatform()
                    .daemon()
                    .name("ghostmoe-warm-up")
                    .uncaughtExceptionHandler((_, _) -> {}) // what is wrong, the run will meet too
                    .start(() -> use(twin)));
  }

  private static void use(Backend twin) {
    try (twin) {
      run(twin);
    }
  }

  /** Trains the tiny model; the backend stays the caller's. */
  static void run(Backend backend) {
    TrainSettings settings = settings();
    ModelConfig config = EngineConfig.model(settings, VOCABULARY);
    try (Transformer model =
            new Transformer(config, backend, settings.get(RunSettings.SEED), true);
        AdamW optimizer = new AdamW(EngineConfig.optimizer(settings), model.registry(), backend);
        TrainingStep step =
            EngineConfig.step(settings, model, optimizer, backend, EngineConfig.ghosts(settings))) {
      for (int i = 0; i < STEPS; i++) {
        step.update(step.gradients(i, List.of(batch())));
      }
    }
  }

  private static TrainSettings settings() {
    return TrainSettings.builder()
        .with(DataSettings.DATASET, "none") // and none is opened
        .with(DataSettings.MAX_SEQ_LENGTH, LENGTH)
        .with(ModelSettings.EMBED_DIM, 32)
        .with(ModelSettings.NUM_LAYERS, 1)
        .with(ModelSettings.NUM_HEADS, 2)
        .with(ModelSettings.NUM_EXPERTS, 4)
        .with(ModelSettings.TOP_K, 2)
        .with(OptimizationSettings.BATCH_SIZE, ROWS)
        .with(OptimizationSettings.MAX_STEPS, STEPS)
        .build()
        .resolve(STEPS);
  }

  private static Batch batch() {
    int size = ROWS * LENGTH;
    int[] inputs = new int[size];
    int[] targets = new int[size];
    int[] positions = new int[size];
    Arrays.setAll(inputs, i -> i % VOCABULARY);
    Arrays.setAll(targets, i -> (i + 1) % VOCABULARY);
    Arrays.setAll(positions, i -> i % LENGTH);
    return new Batch(ROWS, LENGTH, inputs, targets, new int[size], positions, size, size, size);
  }
}
