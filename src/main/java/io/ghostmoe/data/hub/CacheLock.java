package io.ghostmoe.data.hub;

import io.ghostmoe.base.FileMutex;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Waits for a lock that another process or thread holds. */
final class CacheLock {
  private static final long POLL_MILLIS = 50;

  private CacheLock() {}

  /**
   * Takes the lock, sooner or later.
   *
   * @param waiting called before every pause; what it throws ends the waiting
   */
  static FileMutex acquire(Path file, Runnable waiting) throws IOException, InterruptedException {
    while (true) {
      @Nullable FileMutex mutex = FileMutex.tryAcquire(file);
      if (mutex != null) {
        return mutex;
      }
      waiting.run();
      Thread.sleep(POLL_MILLIS);
    }
  }
}
