package io.ghostmoe.moe.ghost;

import io.ghostmoe.checkpoint.FileMark;
import io.ghostmoe.checkpoint.TrainState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** What becomes of ghosts on their way through a checkpoint's {@code state.json}. */
final class StateJson {
  private StateJson() {}

  static GhostProgress through(Path folder, GhostProgress progress) {
    Path file = folder.resolve("state.json");
    TrainState state =
        new TrainState(
            TrainState.VERSION,
            5,
            6,
            0,
            7,
            8,
            9,
            List.of(1.0),
            null,
            0,
            false,
            "hash",
            "settings",
            FileMark.EMPTY,
            List.of(5L),
            progress);
    try {
      state.write(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return TrainState.read(file).ghosts();
  }
}
