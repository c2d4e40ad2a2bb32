package io.ghostmoe.data.cache;

import io.ghostmoe.base.FileMutex;
import io.ghostmoe.data.cache.CatalogEntry.Status;
import io.ghostmoe.data.cache.Verification.State;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Looks at entries: from outside, which costs nothing, and all that is in them. */
final class EntryCheck {
  private EntryCheck() {}

  /** How a folder looks by its manifest and sizes. */
  static CatalogEntry look(CacheLayout.Place place) {
    try {
      long bytes = size(place.folder());
      if (place.ending().equals(CacheLayout.INCOMPLETE)) {
        return entry(place, Status.INCOMPLETE, "not finished", bytes);
      }
      if (place.ending().equals(CacheLayout.ASIDE)) {
        return entry(place, Status.INVALID, "set aside to be deleted", bytes);
      }
      try {
        Manifest manifest = ManifestFile.read(place.folder());
        return new CatalogEntry(
            place.name(), place.fingerprint(), place.folder(), Status.VALID, "", manifest, bytes);
      } catch (DamagedEntryException e) {
        return entry(place, Status.INVALID, e.why(), bytes);
      }
    } catch (IOException e) {
      return entry(place, Status.ERROR, why(e), 0);
    }
  }

  private static CatalogEntry entry(
      CacheLayout.Place place, Status status, String detail, long bytes) {
    return new CatalogEntry(
        place.name(), place.fingerprint(), place.folder(), status, detail, null, bytes);
  }

  /** Reads an entry through. */
  static Verification verify(
      CatalogEntry entry, CacheLayout layout, ManifestFile.Comparison comparison) {
    Manifest manifest = entry.manifest();
    if (manifest == null) {
      boolean built =
          entry.status() == Status.INCOMPLETE && isLocked(layout.lockFile(entry.fingerprint()));
      return built
          ? new Verification(entry, State.BEING_BUILT, "a process is building it")
          : new Verification(entry, State.BAD, entry.detail());
    }
    try {
      List<String> differing = ManifestFile.differing(entry.folder(), manifest, comparison);
      return differing.isEmpty()
          ? new Verification(entry, State.SOUND, "")
          : new Verification(
              entry,
              State.BAD,
              "%s: not the content that was written".formatted(String.join(", ", differing)));
    } catch (IOException e) {
      return new Verification(entry, State.BAD, why(e));
    }
  }

  /** Makes no file: a cache that nobody may write can be looked at too. */
  private static boolean isLocked(Path lockFile) {
    if (!Files.exists(lockFile)) {
      return false;
    }
    try (FileMutex mutex = FileMutex.tryAcquire(lockFile)) {
      return mutex == null;
    } catch (IOException e) {
      return false;
    }
  }

  /** An exception of the file system in words, without the path that is said already. */
  static String why(IOException e) {
    return switch (e) {
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException system when system.getReason() != null -> system.getReason();
      default -> e.getClass().getSimpleName() + ": " + e.getMessage();
    };
  }

  private static long size(Path folder) throws IOException {
    long bytes = 0;
    for (Path file : CacheLayout.list(folder)) {
      bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
    }
    return bytes;
  }
}
