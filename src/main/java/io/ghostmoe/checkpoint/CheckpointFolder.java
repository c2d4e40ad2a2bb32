package io.ghostmoe.checkpoint;

import io.ghostmoe.base.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The names inside a {@code checkpoints} folder, and the moves between them that are safe to be
 * killed in.
 *
 * @param path of the folder; it need not exist
 */
record CheckpointFolder(Path path) {
  private static final Pattern NAME = Pattern.compile("step-(\\d{8,18})");
  private static final String SAVING = ".saving-";
  private static final String REPLACED = ".replaced-";
  private static final String DELETING = ".deleting-";
  private static final int MAXIMUM_POINTER = 64;

  /** The name of a step's folder. */
  static String name(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("step " + step + " is negative");
    }
    return "step-%08d".formatted(step);
  }

  /** Where a checkpoint is put together before anybody can see it. */
  Path temporary(long step) {
    return path.resolve(SAVING + name(step));
  }

  /** Where a step's checkpoint is, also when a replacement of it was interrupted half-way. */
  Path locate(long step) {
    Path published = path.resolve(name(step));
    Path replaced = path.resolve(REPLACED + name(step));
    return !Files.exists(published) && Files.exists(replaced) ? replaced : published;
  }

  boolean exists(long step) {
    return Files.isDirectory(locate(step));
  }

  /** The steps that have a folder, ascending. */
  List<Long> steps() throws IOException {
    TreeSet<Long> steps = new TreeSet<>();
    for (Path child : children()) {
      String name = child.getFileName().toString();
      step(name.startsWith(REPLACED) ? name.substring(REPLACED.length()) : name)
          .filter(step -> Files.isDirectory(child))
          .ifPresent(steps::add);
    }
    return List.copyOf(steps);
  }

  private static Optional<Long> step(String name) {
    Matcher matcher = NAME.matcher(name);
    // the second test refuses needless zeros, which would give one step two names
    return matcher.matches() && name(Long.parseLong(matcher.group(1))).equals(name)
        ? Optional.of(Long.parseLong(matcher.group(1)))
        : Optional.empty();
  }

  private List<Path> children() throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(path)) {
      return children.toList();
    }
  }

  /** Creates the folder and clears away what a killed process left behind. */
  void prepare() throws IOException {
    Files.createDirectories(path);
    for (Path child : children()) {
      String name = child.getFileName().toString();
      if (name.startsWith(REPLACED)) {
        restore(child, path.resolve(name.substring(REPLACED.length())));
      } else if (name.startsWith(SAVING)
          || name.startsWith(DELETING)
          || AtomicFiles.isUnfinished(child)) {
        deleteIfPossible(child);
      }
    }
  }

  private static void restore(Path replaced, Path published) throws IOException {
    if (Files.exists(published, LinkOption.NOFOLLOW_LINKS)) {
      deleteIfPossible(replaced);
    } else {
      AtomicFiles.publish(replaced, published);
    }
  }

  /** What cannot be deleted now (somebody reads it, on Windows) is tried again at the next save. */
  private static void deleteIfPossible(Path leftover) {
    try {
      AtomicFiles.deleteRecursively(leftover);
    } catch (IOException e) {
      // harmless: no reader ever looks at the name
    }
  }

  /** Gives the temporary folder of a step its name; an older one of that step makes room. */
  void publish(long step) throws IOException {
    Path published = path.resolve(name(step));
    Path replaced = path.resolve(REPLACED + name(step));
    if (Files.exists(published)) {
      Files.move(published, replaced, StandardCopyOption.ATOMIC_MOVE);
    }
    AtomicFiles.publish(temporary(step), published);
    deleteIfPossible(replaced);
  }

  /** Removes a step's folder; it disappears from the readers' view at once. */
  boolean remove(long step) {
    Path deleting = path.resolve(DELETING + name(step));
    deleteIfPossible(deleting);
    try {
      Files.move(locate(step), deleting, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      return false;
    }
    deleteIfPossible(deleting);
    return true;
  }

  /** The step that a pointer names; empty where there is no pointer. */
  Optional<Long> named(String pointer) throws IOException, Manifest.Damaged {
    Path file = path.resolve(pointer);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file) || Files.size(file) > MAXIMUM_POINTER) {
      throw new Manifest.Damaged("it names no checkpoint");
    }
    String line = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII);
    return Optional.of(
        step(line.strip()).orElseThrow(() -> new Manifest.Damaged("it names no checkpoint")));
  }

  /** Makes a pointer name a step, atomically. */
  void point(String pointer, long step) throws IOException {
    AtomicFiles.writeString(path.resolve(pointer), name(step) + "\n");
  }
}
