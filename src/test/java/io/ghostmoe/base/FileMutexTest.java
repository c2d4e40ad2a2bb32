package io.ghostmoe.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMutexTest {
  @TempDir Path folder;

  @Test
  void onlyOneHolderAtATimeWithinAProcess() throws IOException {
    Path file = folder.resolve("locks/a.lock");
    try (FileMutex first = FileMutex.tryAcquire(file)) {
      assertThat(first).isNotNull();
      assertThat(FileMutex.tryAcquire(file)).isNull();
      assertThat(FileMutex.tryAcquire(folder.resolve("locks/../locks/a.lock"))).isNull();
    }
    try (FileMutex again = FileMutex.tryAcquire(file)) {
      assertThat(again).isNotNull();
    }
  }

  @Test
  void closingTwiceDoesNotFreeTheNextHoldersLock() throws IOException {
    Path file = folder.resolve("b.lock");
    FileMutex first = Objects.requireNonNull(FileMutex.tryAcquire(file));
    first.close();
    try (FileMutex second = FileMutex.tryAcquire(file)) {
      assertThat(second).isNotNull();
      first.close();
      assertThat(FileMutex.tryAcquire(file)).isNull();
    }
  }
}
