package io.ghostmoe.doctor;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The folders that training writes to; neither is made here. */
final class FolderChecks {
  private static final String CACHE = "cache";
  private static final String RUNS = "runs";

  /** Less is used up by a few checkpoints of a small model. */
  private static final long SCARCE = 1L << 30;

  private FolderChecks() {}

  /** The prepared tokens. */
  static Check cache(Path folder) {
    Optional<Check> trouble = trouble(CACHE, folder, "--cache-dir");
    if (trouble.isPresent()) {
      return trouble.get();
    }
    try {
      DatasetCatalog catalog = new DatasetCatalog(folder);
      List<CatalogEntry> entries = catalog.list();
      // what is no entry any more is told by its sizes; contents are for datasets verify
      long bad =
          entries.stream()
              .filter(entry -> entry.manifest() == null)
              .filter(entry -> catalog.verify(entry, false).state() == Verification.State.BAD)
              .count();
      String found = found(folder, entries.size(), "dataset");
      return bad == 0
          ? Check.ok(CACHE, found)
          : Check.warn(
              CACHE,
              "%s, %d of them damaged or unfinished".formatted(found, bad),
              "ghostmoe datasets clean --invalid removes them");
    } catch (UserException e) {
      return Check.fail(CACHE, String.valueOf(e.getMessage()), otherFolder("--cache-dir"));
    }
  }

  /** The runs. */
  static Check runs(Path folder) {
    return trouble(RUNS, folder, "--runs-dir")
        .orElseGet(
            () -> {
              try {
                return Check.ok(RUNS, found(folder, RunFolder.names(folder).size(), "run"));
              } catch (UserException e) {
                return Check.fail(RUNS, String.valueOf(e.getMessage()), otherFolder("--runs-dir"));
              }
            });
  }

  private static String found(Path folder, int count, String what) {
    return Files.exists(folder)
        ? "%s can be written and holds %d %s%s"
            .formatted(folder, count, what, count == 1 ? "" : "s")
        : "%s is not there yet and can be made".formatted(folder);
  }

  private static String otherFolder(String flag) {
    return "give yourself the permission, or pass another " + flag;
  }

  /** What keeps a folder from being written, or soon will. */
  private static Optional<Check> trouble(String name, Path folder, String flag) {
    Path existing = nearestExisting(folder.toAbsolutePath());
    if (!Files.isDirectory(existing)) {
      return Optional.of(
          Check.fail(name, existing + " is no folder", "move it away, or pass another " + flag));
    }
    if (!Files.isWritable(existing)) {
      return Optional.of(Check.fail(name, existing + " cannot be written", otherFolder(flag)));
    }
    try {
      long free = Files.getFileStore(existing).getUsableSpace();
      return free >= SCARCE
          ? Optional.empty()
          : Optional.of(
              Check.warn(
                  name,
                  "%s has only %s free".formatted(existing, MemoryCheck.gib(free)),
                  "make room, or pass another " + flag));
    } catch (IOException e) {
      return Optional.of(
          Check.fail(name, "%s: %s".formatted(existing, e.getMessage()), otherFolder(flag)));
    }
  }

  private static Path nearestExisting(Path folder) {
    Path path = folder;
    for (@Nullable Path parent = path; parent != null; parent = parent.getParent()) {
      path = parent;
      if (Files.exists(path)) {
        return path;
      }
    }
    return path;
  }
}
