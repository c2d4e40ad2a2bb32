package io.ghostmoe.checkpoint;

import io.ghostmoe.fuzz.FuzzInput;
import java.nio.file.Files;
import java.nio.file.Path;

/** The small files of a checkpoint, and the pointers to it, of any bytes. */
public final class CheckpointFuzz {
  private CheckpointFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    byte[] content = FuzzInput.rest(input);
    FuzzInput.check(
        folder -> {
          Path checkpoint = Files.createDirectory(folder.resolve("step-00000012"));
          CheckpointStore store = new CheckpointStore(folder, 1);
          switch (FuzzInput.choice(input, 4)) {
            case 0 -> TrainState.read(Files.write(checkpoint.resolve("state.json"), content));
            case 1 -> TrainState.readGhosts(Files.write(checkpoint.resolve("state.json"), content));
            case 2 -> {
              Files.write(checkpoint.resolve(Manifest.FILE), content);
              Files.writeString(checkpoint.resolve("state.json"), "{}");
              store.latest().ifPresent(found -> found.fileNames().forEach(found::file));
            }
            default -> {
              Files.write(folder.resolve("latest"), content);
              store.latest();
            }
          }
        });
  }
}
