package io.ghostmoe.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is too large for every build. */
class HostileInputCampaign {
  private static final int MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  @Test
  void aLineOfOneGibibyte() throws IOException {
    HostileInput user = new HostileInput(folder);
    Path file = folder.resolve("a.jsonl");
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write("{\"text\": \"".getBytes(StandardCharsets.UTF_8));
      byte[] piece = new byte[MEBIBYTE];
      Arrays.fill(piece, (byte) 'x');
      for (int i = 0; i < 1024; i++) {
        out.write(piece);
      }
      out.write("\"}\n".getBytes(StandardCharsets.UTF_8));
    }
    user.assertTold(
        user.train("a.jsonl"), 2, "a.jsonl holds no usable record (line 1: longer than 16 MiB");
    Files.delete(file);
  }

  @Test
  void aGibibyteOfNothing() throws IOException {
    HostileInput user = new HostileInput(folder);
    for (String name : new String[] {"a.jsonl", "a.json"}) {
      try (RandomAccessFile file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
        file.setLength(1024L * MEBIBYTE);
      }
      user.assertTold(user.train(name), 2, name, "line 1");
    }
  }
}
