package io.ghostmoe.cli;

/** What a command says to its caller. */
final class ExitCodes {
  static final int DONE = 0;

  /** The world or a bug is in the way. */
  static final int FAILED = 1;

  /** What was typed is wrong. */
  static final int WRONG_INPUT = 2;

  /** Stopped by the user, what was done is saved; 128 + SIGINT, as shells have it. */
  static final int INTERRUPTED = 130;

  private ExitCodes() {}
}
