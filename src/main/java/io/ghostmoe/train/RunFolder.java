package io.ghostmoe.train;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.NearestName;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a run keeps its files.
 *
 * @param runsDir the folder of all runs
 * @param name of this run, a plain file name
 */
public record RunFolder(Path runsDir, String name) {
  private static final int MAXIMUM_COUNTER = 1_000_000;

  /**
   * Checks the name.
   *
   * @throws UserException where it is no plain file name
   */
  public RunFolder {
    RunNames.require(name);
  }

  /**
   * {@return the run in a folder, as {@link #path} gives it}
   *
   * @param folder such as {@code runs/lambda_dataset-1}
   * @throws UserException where its last name is none that a run can have
   */
  public static RunFolder at(Path folder) {
    Path whole = folder.toAbsolutePath().normalize();
    Path name = whole.getFileName();
    Path runsDir = whole.getParent();
    if (name == null || runsDir == null) {
      throw UserException.input("%s is no folder of a run".formatted(folder));
    }
    return new RunFolder(runsDir, name.toString());
  }

  /** {@return the run's own folder, which need not exist} */
  public Path path() {
    return runsDir.resolve(name);
  }

  /** {@return the file that holds every setting as resolved; a folder without it is no run} */
  public Path config() {
    return path().resolve("config.json");
  }

  /** {@return the file that holds one object a logged step} */
  public Path metrics() {
    return path().resolve("metrics.jsonl");
  }

  /** {@return the file that holds what came out} */
  public Path summary() {
    return path().resolve("summary.json");
  }

  /** {@return the folder that holds the checkpoints} */
  public Path checkpoints() {
    return path().resolve("checkpoints");
  }

  /** {@return the file that a report goes to} */
  public Path report() {
    return path().resolve("report.html");
  }

  /**
   * Begins a run that must not exist yet.
   *
   * @return the right to write it, which the caller closes when the run has ended
   * @throws UserException where it exists or another process writes it
   */
  public RunLock create() {
    refuseExisting();
    RunLock lock = lockCreated();
    try {
      refuseExisting(); // somebody may have come first
      return lock;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private void refuseExisting() {
    if (!contents().isEmpty()) {
      throw UserException.input(
          "run %s exists: pass --resume to go on with it, --overwrite to replace it, or another --run"
              .formatted(path()));
    }
  }

  private RunLock lockCreated() {
    try {
      Files.createDirectories(path());
    } catch (IOException e) {
      throw unwritable(path(), e);
    }
    return lock();
  }

  private RunLock lock() {
    RunLock lock = RunLock.acquire(path());
    boolean kept = false;
    try {
      removeRemains();
      kept = true;
      return lock;
    } finally {
      if (!kept) {
        lock.close();
      }
    }
  }

  /** What a process that was killed had not finished writing; the lock is held. */
  private void removeRemains() {
    try {
      for (Path unfinished : unfinished()) {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      // nobody takes it for a file of the run
    }
  }

  private List<Path> unfinished() {
    return Stream.of(config(), metrics(), summary(), report()).map(AtomicFiles::beside).toList();
  }

  /**
   * Takes an existing run up again.
   *
   * @return the right to write it, which the caller closes when the run has ended
   * @throws UserException where there is none, or another process writes it
   */
  public RunLock resume() {
    requireExisting();
    return lock();
  }

  /**
   * Demands that the run exists.
   *
   * @throws UserException naming the nearest run that does
   */
  public void requireExisting() {
    if (!Files.isRegularFile(config())) {
      String remedy =
          NearestName.of(name, names(runsDir))
              .map(nearest -> "did you mean --run " + nearest + "?")
              .orElse("there is no run in that folder; start one with train, or pass --runs-dir");
      throw UserException.input("no run %s in %s: %s".formatted(name, runsDir, remedy));
    }
  }

  /**
   * Begins a run where there may be one already, whose files stay until {@link #clear}.
   *
   * @return the right to write it, which the caller closes when the run has ended
   * @throws UserException where the folder holds something other than a run, or another process
   *     writes it
   */
  public RunLock overwrite() {
    if (!contents().isEmpty() && !Files.isRegularFile(config())) {
      throw UserException.input(
          "%s is no run (it has no config.json) and is not overwritten: pass another --run"
              .formatted(path()));
    }
    return lockCreated();
  }

  /**
   * Removes the files of the run that is overwritten; the caller holds its lock.
   *
   * @throws UserException where one cannot be removed; the call can be repeated
   */
  public void clear() {
    try {
      // the configuration last: until then a killed removal can be repeated
      for (Path file : List.of(checkpoints(), metrics(), summary(), report(), config())) {
        AtomicFiles.deleteRecursively(file);
      }
    } catch (IOException e) {
      throw unwritable(path(), e);
    }
  }

  /** Removes the folder where nothing was ever written to it: the run failed before it began. */
  public void removeIfUnused() {
    try {
      if (Files.exists(path()) && contents().isEmpty()) {
        AtomicFiles.deleteRecursively(path());
      }
    } catch (IOException e) {
      // an empty folder harms nobody
    }
  }

  private List<Path> contents() {
    if (!Files.exists(path())) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(path())) {
      return children
          .filter(child -> !child.getFileName().toString().equals(RunLock.FILE))
          .filter(child -> !unfinished().contains(child))
          .toList();
    } catch (IOException e) {
      throw UserException.environment(path() + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Makes the folder of a new, empty run named after a stem: {@code stem-1}, or the next number
   * that is free. Several processes that ask at once get different ones.
   *
   * @param runsDir the folder of all runs, made if needed
   * @param stem a plain file name, such as {@link RunNames#from} makes
   * @return the run, whose folder holds nothing yet
   * @throws UserException where the folder cannot be made, or all numbers are taken
   */
  public static RunFolder fresh(Path runsDir, String stem) {
    try {
      Files.createDirectories(runsDir);
      for (int number = 1; number <= MAXIMUM_COUNTER; number++) {
        RunFolder candidate = new RunFolder(runsDir, stem + "-" + number);
        try {
          Files.createDirectory(candidate.path());
          return candidate;
        } catch (FileAlreadyExistsException e) {
          // taken; the next number may be free
        }
      }
    } catch (IOException e) {
      throw unwritable(runsDir, e);
    }
    throw UserException.input(
        "%s holds %d runs called %s-N: pass --run".formatted(runsDir, MAXIMUM_COUNTER, stem));
  }

  /**
   * {@return the run whose checkpoints were written last; empty where there is none}
   *
   * @param runsDir the folder of all runs, which need not exist
   * @throws UserException where it cannot be read
   */
  public static Optional<RunFolder> newest(Path runsDir) {
    return names(runsDir).stream()
        .map(name -> new RunFolder(runsDir, name))
        .filter(run -> Files.isRegularFile(run.checkpoints().resolve("latest")))
        .max(Comparator.comparingLong(RunFolder::savedMillis));
  }

  private long savedMillis() {
    try {
      return Files.getLastModifiedTime(checkpoints().resolve("latest")).toMillis();
    } catch (IOException e) {
      return Long.MIN_VALUE; // gone meanwhile
    }
  }

  /**
   * {@return the names of the runs in a folder, sorted; empty where there is no folder}
   *
   * @param runsDir the folder of all runs, which need not exist
   * @throws UserException where it cannot be read
   */
  public static List<String> names(Path runsDir) {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(runsDir)) {
      try (Stream<Path> children = Files.list(runsDir)) {
        children
            .filter(child -> Files.isRegularFile(child.resolve("config.json")))
            .map(child -> child.getFileName().toString())
            .filter(RunNames::isPlain)
            .sorted()
            .forEach(names::add);
      } catch (IOException e) {
        throw UserException.environment(runsDir + " cannot be read: " + e.getMessage(), e);
      }
    }
    return names;
  }

  private static UserException unwritable(Path folder, IOException cause) {
    return UserException.environment(
        "%s cannot be written: %s: pass a --runs-dir that can"
            .formatted(folder, cause.getMessage()),
        cause);
  }
}
