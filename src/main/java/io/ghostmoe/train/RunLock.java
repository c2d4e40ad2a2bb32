package io.ghostmoe.train;

import io.ghostmoe.base.FileMutex;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The right to write a run, held while this is open. The system releases it with the process,
 * however that ends, so there is no stale lock to clear away; the empty file stays.
 */
public final class RunLock implements AutoCloseable {
  static final String FILE = ".lock";

  private final FileMutex mutex;

  private RunLock(FileMutex mutex) {
    this.mutex = mutex;
  }

  /**
   * Takes the lock of a run's folder.
   *
   * @throws UserException where another process, or another part of this one, writes the run
   */
  static RunLock acquire(Path folder) {
    try {
      FileMutex mutex = FileMutex.tryAcquire(folder.resolve(FILE));
      if (mutex == null) {
        throw UserException.environment(
            "run %s is being written by another process: wait until it has ended, or pass another --run"
                .formatted(folder));
      }
      return new RunLock(mutex);
    } catch (IOException e) {
      throw UserException.environment(
          "run %s cannot be locked: %s: pass a --runs-dir that can be written"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  /** Gives the right back. */
  @Override
  public void close() {
    try {
      mutex.close();
    } catch (IOException e) {
      throw UserException.environment("the run's lock cannot be released: " + e.getMessage(), e);
    }
  }
}
