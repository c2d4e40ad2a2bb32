package io.ghostmoe.data;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two gigabytes, which take some minutes and as much again of disk. */
class LargeCorpusBulk {
  @TempDir Path folder;

  @Test
  void twoGigabytesArePreparedInHalfAGigabyteOfMemory() throws IOException {
    LargeCorpusTest.prepare(folder, 2_000_000_000L, "-Xmx512m");
  }
}
