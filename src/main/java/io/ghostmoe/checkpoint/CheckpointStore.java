package io.ghostmoe.checkpoint;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The {@code checkpoints} folder of a run.
 *
 * <p>A checkpoint is written into a hidden folder, forced to disk, described by a manifest and then
 * renamed; {@code best} and {@code latest} are lines that name a folder and are replaced
 * atomically, in that order; what is no longer wanted is renamed before it is deleted. So a process
 * killed at any moment leaves whole checkpoints, names that lead to one, and hidden leftovers that
 * the next save removes.
 *
 * <p>One process writes at a time (the run's lock sees to that); any number may read.
 */
public final class CheckpointStore {
  private static final String LATEST = "latest";
  private static final String BEST = "best";

  /** Fills the folder of a checkpoint with plain files. */
  @FunctionalInterface
  public interface Content {
    /** Writes the files; what it throws abandons the checkpoint and leaves nothing behind. */
    void write(Path folder) throws IOException;
  }

  private final CheckpointFolder folder;
  private final int keep;

  /**
   * A store; the folder is created by the first save.
   *
   * @param folder usually {@code runs/NAME/checkpoints}
   * @param keep how many of the newest checkpoints outlive a save, besides the best; at least 1
   */
  public CheckpointStore(Path folder, int keep) {
    if (keep < 1) {
      throw UserException.input(
          "--keep-checkpoints %d would keep none: pass at least 1".formatted(keep));
    }
    this.folder = new CheckpointFolder(folder);
    this.keep = keep;
  }

  /**
   * Saves a checkpoint, makes it the latest, and removes what rotation no longer keeps. A
   * checkpoint of the same step is replaced.
   *
   * @param best whether it is also the best so far
   * @return the steps whose checkpoints were removed
   * @throws UserException where the disk does not take it; earlier checkpoints are intact then
   */
  public List<Long> save(long step, boolean best, Content content) {
    try {
      folder.prepare();
      Path temporary = folder.temporary(step);
      try {
        Files.createDirectory(temporary);
        content.write(temporary);
        Manifest manifest = Manifest.of(step, temporary);
        if (manifest.files().isEmpty()) {
          throw new IllegalStateException("checkpoint " + step + " would hold no file");
        }
        manifest.write(temporary);
        AtomicFiles.forceFolder(temporary);
      } catch (IOException | RuntimeException | Error e) {
        abandon(temporary, e);
        throw e;
      }
      folder.publish(step);
      if (best) {
        folder.point(BEST, step);
      }
      folder.point(LATEST, step);
      return rotate();
    } catch (IOException | UncheckedIOException e) {
      throw unwritable(step, e);
    }
  }

  private static void abandon(Path temporary, Throwable failure) {
    try {
      AtomicFiles.deleteRecursively(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private UserException unwritable(long step, Exception cause) {
    return UserException.environment(
        "checkpoint of step %d cannot be written to %s: %s: earlier checkpoints are intact; free space or mend the permissions, then go on with --resume"
            .formatted(step, folder.path(), reason(cause)),
        cause);
  }

  private static String reason(Exception cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  /**
   * Makes an existing checkpoint the best one.
   *
   * @throws UserException where the disk does not take it
   */
  public void markBest(long step) {
    if (!folder.exists(step)) {
      throw new IllegalArgumentException("no checkpoint of step " + step);
    }
    try {
      folder.point(BEST, step);
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be replaced: %s: free space or mend the permissions"
              .formatted(folder.path().resolve(BEST), reason(e)),
          e);
    }
  }

  /**
   * Makes {@code best} name a step again, where it does not and that checkpoint is there: rotation
   * would remove it otherwise.
   *
   * @throws UserException where the disk does not take it
   */
  public void keepBest(long step) {
    if (folder.exists(step) && !isBest(step)) {
      markBest(step);
    }
  }

  private boolean isBest(long step) {
    try {
      return folder.named(BEST).filter(named -> named == step).isPresent();
    } catch (IOException | Manifest.Damaged e) {
      return false;
    }
  }

  /** A folder that cannot be deleted now stays for the next rotation; the save has succeeded. */
  private List<Long> rotate() throws IOException {
    Set<Long> wanted = new HashSet<>();
    try {
      folder.named(BEST).ifPresent(wanted::add);
      folder.named(LATEST).ifPresent(wanted::add);
    } catch (Manifest.Damaged e) {
      return List.of(); // nobody can tell which checkpoint the damaged pointer protects
    }
    List<Long> steps = folder.steps();
    wanted.addAll(steps.subList(Math.max(0, steps.size() - keep), steps.size()));
    return steps.stream().filter(step -> !wanted.contains(step)).filter(this::remove).toList();
  }

  /** Tries twice: after the last save of a run no rotation comes that could make up for it. */
  private boolean remove(long step) {
    boolean removed = folder.remove(step);
    return removed || folder.remove(step);
  }

  /**
   * Clears away what a killed process left behind, as each save does too; the caller holds the
   * run's lock.
   *
   * @throws UserException where the disk does not take it
   */
  public void removeRemains() {
    try {
      if (Files.isDirectory(folder.path())) {
        folder.prepare();
      }
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be written: %s: free space or mend the permissions"
              .formatted(folder.path(), reason(e)),
          e);
    }
  }

  /**
   * Removes what a killed save had not come to remove. Only once the latest checkpoint has been
   * read: until then an older one may be the last that is whole.
   *
   * @throws UserException where the disk does not take it
   */
  public void completeRotation() {
    try {
      var _ = rotate();
    } catch (IOException e) {
      throw unreadable(folder.path(), e);
    }
  }

  /** The steps of which a checkpoint exists, ascending; says nothing about damage. */
  public List<Long> steps() {
    try {
      return folder.steps();
    } catch (IOException e) {
      throw unreadable(folder.path(), e);
    }
  }

  /**
   * The checkpoint to resume from; empty where none was ever saved.
   *
   * @throws UserException where it is damaged; names the newest one that is whole
   */
  public Optional<Checkpoint> latest() {
    Optional<Checkpoint> named = named(LATEST);
    if (named.isPresent()) {
      return named;
    }
    // killed between the very first publication and the pointer to it
    List<Long> steps = steps();
    return steps.isEmpty() ? Optional.empty() : Optional.of(open(steps.getLast()));
  }

  /**
   * The checkpoint with the lowest evaluation loss; empty where none was marked.
   *
   * @throws UserException where it is damaged; names the newest one that is whole
   */
  public Optional<Checkpoint> best() {
    return named(BEST);
  }

  private Optional<Checkpoint> named(String pointer) {
    try {
      return folder.named(pointer).map(step -> open(step, pointer));
    } catch (Manifest.Damaged e) {
      throw damaged(folder.path().resolve(pointer), -1, pointer, e);
    } catch (IOException e) {
      throw unreadable(folder.path().resolve(pointer), e);
    }
  }

  /**
   * The checkpoint of a step.
   *
   * @throws UserException where it is missing or damaged; names the newest one that is whole
   */
  public Checkpoint open(long step) {
    return open(step, LATEST);
  }

  private Checkpoint open(long step, String pointer) {
    Path path = folder.locate(step);
    try {
      if (!Files.isDirectory(path)) {
        throw new Manifest.Damaged("the folder is missing");
      }
      Manifest manifest = Manifest.read(path);
      if (manifest.step() != step) {
        throw new Manifest.Damaged(Manifest.FILE + " is that of step " + manifest.step());
      }
      manifest.checkSizes(path);
      return new Checkpoint(this, path, manifest, pointer);
    } catch (Manifest.Damaged e) {
      throw damaged(path, step, pointer, e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  static UserException unreadable(Path path, IOException cause) {
    return UserException.environment(
        "%s cannot be read: %s: mend the permissions or the disk".formatted(path, reason(cause)),
        cause);
  }

  /** The one line about a damaged checkpoint, with the newest other one that is whole. */
  UserException damaged(Path path, long step, String pointer, Manifest.Damaged cause) {
    String remedy =
        newestWhole(step)
            .map(
                whole ->
                    "%s is whole; to use it put that name into %s"
                        .formatted(CheckpointFolder.name(whole), folder.path().resolve(pointer)))
            .orElse("no other checkpoint of this run is whole; train it anew");
    return UserException.input(
        "checkpoint %s is damaged: %s: %s".formatted(path, cause.getMessage(), remedy), cause);
  }

  private Optional<Long> newestWhole(long except) {
    try {
      for (long step : folder.steps().reversed()) {
        if (step != except && isWhole(step)) {
          return Optional.of(step);
        }
      }
    } catch (IOException e) {
      // the damage is what the user must hear of; a second failure only costs the remedy
    }
    return Optional.empty();
  }

  private boolean isWhole(long step) throws IOException {
    Path path = folder.locate(step);
    try {
      Manifest manifest = Manifest.read(path);
      manifest.checkSizes(path);
      for (var file : manifest.files().entrySet()) {
        manifest.checkContent(path, file.getKey(), file.getValue());
      }
      return manifest.step() == step;
    } catch (Manifest.Damaged e) {
      return false;
    }
  }
}
