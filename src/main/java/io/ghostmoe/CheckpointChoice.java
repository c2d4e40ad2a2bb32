package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.CheckpointStore;
import io.ghostmoe.train.RunFolder;
import java.util.List;
import java.util.Optional;

/** What {@code --checkpoint} chooses. */
final class CheckpointChoice {
  private CheckpointChoice() {}

  /**
   * A checkpoint of a run.
   *
   * @param choice {@code latest}, {@code best}, or a step
   * @throws UserException where the run has no such checkpoint, or it is damaged
   */
  static Checkpoint find(RunFolder folder, String choice) {
    CheckpointStore store = new CheckpointStore(folder.checkpoints(), 1);
    Optional<Checkpoint> found =
        switch (choice) {
          case "latest" -> store.latest();
          case "best" -> store.best();
          case String step when step.matches("\\d{1,18}") -> ofStep(store, Long.parseLong(step));
          case String other ->
              throw UserException.input(
                  "--checkpoint %s: must be latest, best or a step.".formatted(other));
        };
    return found.orElseThrow(() -> missing(folder, choice, store.steps()));
  }

  private static Optional<Checkpoint> ofStep(CheckpointStore store, long step) {
    return store.steps().contains(step) ? Optional.of(store.open(step)) : Optional.empty();
  }

  private static UserException missing(RunFolder folder, String choice, List<Long> steps) {
    String remedy =
        steps.isEmpty()
            ? "train it first."
            : "it has those of the steps %s."
                .formatted(String.join(", ", steps.stream().map(String::valueOf).toList()));
    return UserException.input(
        "run %s has no checkpoint %s: %s".formatted(folder.path(), choice, remedy));
  }
}
