package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk in memory that fills soon; tests on it take a user who may mount one. */
record SmallDisk(Path folder) {
  /** What is done on it. */
  interface Use {
    void with(SmallDisk disk) throws Exception;
  }

  static void with(Path folder, int kib, Use use) throws Exception {
    Files.createDirectories(folder);
    boolean mounted =
        run("mount", "-t", "tmpfs", "-o", "size=" + kib + "k", "tmpfs", folder.toString());
    assumeTrue(mounted, "this user may not mount a disk, so this test is skipped");
    try {
      use.with(new SmallDisk(folder));
    } finally {
      run("umount", "-l", folder.toString());
    }
  }

  void resize(int kib) throws IOException, InterruptedException {
    assertThat(run("mount", "-o", "remount,size=" + kib + "k", folder.toString())).isTrue();
  }

  void readOnly() throws IOException, InterruptedException {
    assertThat(run("mount", "-o", "remount,ro", folder.toString())).isTrue();
  }

  private static boolean run(String... words) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(words).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // a system without mount
    }
  }
}
