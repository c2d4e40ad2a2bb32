package io.ghostmoe.tensor.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * How to give back what was made, the last first. One that fails keeps no other from being given
 * back: a device that went away refuses them all, and the host's memory is still to be freed.
 */
final class Releases implements AutoCloseable {
  private final Deque<Runnable> releases = new ArrayDeque<>();

  /** Gives back what was just made, in time. */
  void add(Runnable release) {
    releases.push(release);
  }

  /** Gives everything back because something failed, to which later failures are added. */
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Gives everything back, once.
   *
   * @throws RuntimeException the first failure, with the others added
   */
  @Override
  public void close() {
    @Nullable RuntimeException first = null;
    while (!releases.isEmpty()) {
      try {
        releases.pop().run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
