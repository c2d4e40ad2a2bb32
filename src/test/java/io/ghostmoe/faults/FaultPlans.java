package io.ghostmoe.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The plans of the campaign; each counts the changes from 0. */
final class FaultPlans {
  private FaultPlans() {}

  /** Ends what was going on as a kill does: nothing that comes later reaches the disk. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("the process is dead", null, false, false);
    }
  }

  /** Notes every change. */
  static final class Recording implements FaultPlan {
    final List<String> changes = new ArrayList<>();

    @Override
    public void before(String operation, Path path) {
      changes.add(operation + " " + path);
    }
  }

  /** The process dies before a change; a write is torn in half. */
  static final class CrashAt implements FaultPlan {
    private final long at;
    private long next;

    CrashAt(long at) {
      this.at = at;
    }

    @Override
    public void before(String operation, Path path) {
      if (next++ >= at) {
        throw new Crash();
      }
    }

    @Override
    public int torn(int bytes) {
      return next == at + 1 ? bytes / 2 : 0;
    }
  }

  /** The disk fails from a change on: at once or for good. */
  static final class FailAt implements FaultPlan {
    private final long at;
    private final long changes;
    private final String message;
    private long next;

    FailAt(long at, long changes, String message) {
      this.at = at;
      this.changes = changes;
      this.message = message;
    }

    @Override
    public void before(String operation, Path path) throws IOException {
      long now = next++;
      boolean needsSpace = !operation.equals("delete");
      if (needsSpace && now >= at && now - at < changes) {
        throw new IOException(path + ": " + message);
      }
    }

    @Override
    public int torn(int bytes) {
      return next == at + 1 ? bytes / 2 : 0;
    }
  }

  /** The process kills itself by signal 9, as anybody could have. */
  static final class KillAt implements FaultPlan {
    private final long at;
    private long next;

    KillAt(long at) {
      this.at = at;
    }

    @Override
    public void before(String operation, Path path) throws IOException {
      if (next++ == at) {
        long self = ProcessHandle.current().pid();
        new ProcessBuilder("kill", "-9", Long.toString(self)).inheritIO().start();
        while (true) {
          LockSupport.park();
        }
      }
    }
  }
}
