package io.ghostmoe.cli;

import java.util.concurrent.CountDownLatch;

/**
 * A request to stop, and the news that everything has. The one who asks (a shutdown hook after
 * Ctrl-C) can wait until what was to be saved is saved.
 */
public final class Cancellation {
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean requested;
  private volatile boolean idle;
  private volatile int exitCode;

  /** Asks to stop soon. */
  public void request() {
    requested = true;
  }

  /** Whether somebody asked to stop. */
  public boolean isRequested() {
    return requested;
  }

  /** Says whether the command only waits for a line, so that nothing would be lost by an end. */
  void idle(boolean waits) {
    idle = waits;
  }

  /** Whether the command only waits for a line. */
  boolean isIdle() {
    return idle;
  }

  /** Whether the command has ended. */
  public boolean isFinished() {
    return finished.getCount() == 0;
  }

  /** Says that the command has ended. */
  void finish(int code) {
    exitCode = code;
    finished.countDown();
  }

  /** Waits for the command to end and returns its exit code. */
  public int awaitFinished() throws InterruptedException {
    finished.await();
    return exitCode;
  }
}
