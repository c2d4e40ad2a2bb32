package io.ghostmoe;

import io.ghostmoe.fuzz.FuzzInput;
import java.nio.file.Files;
import java.nio.file.Path;

/** A configuration of any bytes. */
public final class SettingsFuzz {
  private SettingsFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    FuzzInput.check(
        folder -> {
          Path file = Files.write(folder.resolve("config.json"), input);
          TrainSettings settings = TrainSettings.of(TrainSettings.readJson(file));
          Path again = Files.writeString(folder.resolve("again.json"), settings.toJson());
          if (!TrainSettings.of(TrainSettings.readJson(again)).equals(settings)) {
            throw new AssertionError("other settings when read again: " + settings.toJson());
          }
        });
  }
}
