package io.ghostmoe.train;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The right to write a run, held while this is open. The system releases it with the process,
 * however that ends, so there is no stale lock to clear away; the empty file stays.
 */
public final class RunLock implements AutoCloseable {
  static final String FILE = ".lock";

  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock of a run's folder.
   *
   * @throws UserException where another process, or another part of this one, writes the run
   */
  static RunLock acquire(Path folder) {
    try {
      FileChannel channel =
          FileChannel.open(
              folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!tryLock(channel)) {
        channel.close();
        throw UserException.environment(
            "run %s is being written by another process: wait until it has ended, or pass another --run"
                .formatted(folder));
      }
      return new RunLock(channel);
    } catch (IOException e) {
      throw UserException.environment(
          "run %s cannot be locked: %s: pass a --runs-dir that can be written"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      @Nullable FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Gives the right back; closing the channel releases what it locked. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw UserException.environment("the run's lock cannot be released: " + e.getMessage(), e);
    }
  }
}
