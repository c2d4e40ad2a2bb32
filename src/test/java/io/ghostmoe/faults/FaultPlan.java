package io.ghostmoe.faults;

import java.io.IOException;
import java.nio.file.Path;

/** Decides what becomes of each change that is about to be made to files. */
interface FaultPlan {
  /** Everything succeeds. */
  FaultPlan NONE = (operation, path) -> {};

  /**
   * Called before a change; throws where it is not to happen.
   *
   * @param operation create, write, force, truncate, move, delete or folder
   */
  void before(String operation, Path path) throws IOException;

  /** How much of a write still reaches the disk where {@link #before} has thrown. */
  default int torn(int bytes) {
    return 0;
  }
}
