package io.ghostmoe.cli;

/** Whom a command talks to. */
enum OutputMode {
  /** A person: lines, and a progress bar on a terminal. */
  HUMAN,
  /**
   * A program: one JSON object on standard output, the result or else the failure, which standard
   * error has as a line too.
   */
  JSON,
  /** Nobody, unless something fails. */
  QUIET
}
