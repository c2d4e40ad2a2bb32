package io.ghostmoe.checkpoint;

import io.ghostmoe.fuzz.FuzzInput;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** A safetensors file of any bytes; what its header lists is read. */
public final class SafetensorsFuzz {
  private SafetensorsFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    FuzzInput.check(
        folder -> {
          Path file = Files.write(folder.resolve("a.safetensors"), input);
          try (Arena arena = Arena.ofConfined()) {
            SafetensorsReader reader = SafetensorsReader.open(file, arena);
            for (SafetensorsEntry entry : reader.entries()) {
              int count = Math.toIntExact(entry.elements()); // the file is no longer than that
              switch (entry.type()) {
                case F32 -> reader.read(entry.name(), new float[count]);
                case I32 -> reader.read(entry.name(), new int[count]);
              }
            }
            ModelFile.experts(file, 2);
          }
        });
  }
}
