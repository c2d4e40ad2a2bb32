package io.ghostmoe.cli;

import io.ghostmoe.RunInspection;
import io.ghostmoe.RunInspection.GhostInfo;
import io.ghostmoe.RunInspection.LayerInfo;
import io.ghostmoe.RunInspection.TensorInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code inspect} finds in tests of the command line. */
final class FakeInspection {
  /** Two layers, of which the first has ghosts in every state. */
  static final RunInspection FOUND =
      new RunInspection(
          "a-1",
          Path.of("runs", "a-1", "checkpoints", "step-00001200"),
          1200,
          List.of(
              new TensorInfo(
                  "token_embedding.weight", List.of(50_257L, 32L), 1_608_224, 6_432_896, true),
              new TensorInfo("layers.0.moe.balance_bias", List.of(6L), 6, 24, false),
              new TensorInfo("head\u001b.bias", List.of(50_257L), 50_257, 201_028, true)),
          1_658_481,
          1_658_481,
          1_608_224,
          6_633_948,
          19_901_900,
          List.of(
              new LayerInfo(
                  4,
                  6,
                  List.of(
                      ghost("ACTIVE", 1, true, 600L, 4, 2),
                      ghost("AWAKENING", 0.25, true, 1175L, 5, null),
                      ghost("AWAKENING", 0.01, false, 1201L, 6, 0),
                      ghost("DORMANT", 0, false, null, null, null))),
              new LayerInfo(4, 4, List.of())));

  private static GhostInfo ghost(
      String state,
      double activation,
      boolean hasWeights,
      @Nullable Long wakeStep,
      @Nullable Integer expert,
      @Nullable Integer parent) {
    return new GhostInfo(
        state,
        activation,
        hasWeights,
        Optional.ofNullable(wakeStep),
        Optional.ofNullable(expert),
        Optional.ofNullable(parent));
  }

  private FakeInspection() {}
}
