package io.ghostmoe.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
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

  @Test
  void whoeverWaitsGetsTheLockWhenItIsFreeAndMayGiveUp() throws Exception {
    Path file = folder.resolve("c.lock");
    FileMutex first = Objects.requireNonNull(FileMutex.tryAcquire(file));
    Runnable impatient =
        () -> {
          throw new CancellationException("enough");
        };
    assertThatThrownBy(() -> FileMutex.acquire(file, impatient))
        .isInstanceOf(CancellationException.class);
    AtomicInteger pauses = new AtomicInteger();
    Runnable freeing =
        () -> {
          if (pauses.incrementAndGet() == 2) {
            close(first);
          }
        };
    try (FileMutex _ = FileMutex.acquire(file, freeing)) {
      assertThat(pauses).hasValue(2);
      assertThat(FileMutex.tryAcquire(file)).isNull();
    }
  }

  private static void close(FileMutex mutex) {
    try {
      mutex.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
