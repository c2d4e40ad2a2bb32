package io.ghostmoe.base;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Mutual exclusion by a locked file, between processes and between threads. The operating system
 * frees the lock when its process dies, however it dies. The file itself stays: to delete it would
 * let two processes hold locks on two files of one name.
 */
public final class FileMutex implements AutoCloseable {
  /**
   * The lock files that this process holds. A POSIX lock belongs to the process and is lost when
   * any descriptor of its file is closed, so a second thread must not even open the file; that
   * knowledge is the process's own and can live nowhere but here.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final long POLL_MILLIS = 20;

  private final Path key;
  private final FileChannel channel;

  private FileMutex(Path key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /**
   * Takes the lock if nobody has it. The folder is made if needed.
   *
   * @param file to be locked; made where there is none, and never deleted
   * @return the lock, which the caller closes; null where another process, or this one, holds it
   * @throws IOException if the file cannot be made or the file system has no locks
   */
  public static @Nullable FileMutex tryAcquire(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
      folder = folder.toRealPath();
    }
    Path key = folder == null ? file : folder.resolve(file.getFileName());
    if (!HELD.add(key)) {
      return null;
    }
    FileChannel channel = null;
    FileLock lock = null;
    try {
      channel = FileChannel.open(key, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = channel.tryLock();
    } finally {
      if (lock == null) {
        if (channel != null) {
          channel.close();
        }
        HELD.remove(key);
      }
    }
    return lock == null ? null : new FileMutex(key, channel);
  }

  /**
   * Takes the lock as soon as whoever has it frees it.
   *
   * @param file as in {@link #tryAcquire}
   * @param waiting called before every pause; what it throws ends the waiting
   * @return the lock, which the caller closes
   * @throws IOException if the file cannot be made or the file system has no locks
   * @throws InterruptedException if this thread is interrupted while it waits
   */
  public static FileMutex acquire(Path file, Runnable waiting)
      throws IOException, InterruptedException {
    while (true) {
      FileMutex mutex = tryAcquire(file);
      if (mutex != null) {
        return mutex;
      }
      waiting.run();
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Frees the lock; again is harmless. */
  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      try {
        channel.close();
      } finally {
        HELD.remove(key);
      }
    }
  }
}
