package io.ghostmoe.data.cache;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.FileMutex;
import io.ghostmoe.data.cache.Verification.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes entries away so that nobody meets half of one: under the lock that a builder would hold, by
 * one rename, and only then by deleting. Who has the entry mapped reads on.
 */
final class EntryRemover {
  private final CacheLayout layout;
  private final List<CatalogEntry> removed = new ArrayList<>();
  private final List<Removal.Kept> kept = new ArrayList<>();

  EntryRemover(CacheLayout layout) {
    this.layout = layout;
  }

  /** Removes an entry, whatever its status. */
  void remove(CatalogEntry entry) {
    remove(entry, false);
  }

  /** Removes an entry if it turns out bad; one that is being built, or was meanwhile, stays. */
  void removeIfBad(CatalogEntry entry) {
    if (verify(entry).state() == State.BAD) {
      remove(entry, true);
    }
  }

  private Verification verify(CatalogEntry entry) {
    return EntryCheck.verify(entry, layout, ManifestFile::holdsChecksum);
  }

  /** What was done so far. */
  Removal result(List<Path> foreign) {
    return new Removal(removed, kept, foreign);
  }

  private void remove(CatalogEntry entry, boolean onlyIfStillBad) {
    if (entry.fingerprint().isEmpty()) {
      keep(entry, entry.detail());
      return;
    }
    try (FileMutex mutex = FileMutex.tryAcquire(layout.lockFile(entry.fingerprint()))) {
      if (mutex == null) {
        keep(entry, "another process is building it");
        return;
      }
      Optional<CacheLayout.Place> place = layout.find(entry);
      if (place.isEmpty()) {
        removed.add(entry); // somebody else was faster
      } else if (!onlyIfStillBad || isBad(place.get())) {
        takeAway(place.get());
        removed.add(entry);
      }
    } catch (IOException e) {
      keep(entry, EntryCheck.why(e));
    }
  }

  private void keep(CatalogEntry entry, String why) {
    kept.add(new Removal.Kept(entry, why));
  }

  /** The lock is held, so what was incomplete is nobody's, and an entry cannot change. */
  private boolean isBad(CacheLayout.Place place) {
    CatalogEntry now = EntryCheck.look(place);
    return now.manifest() == null || verify(now).state() == State.BAD;
  }

  private static void takeAway(CacheLayout.Place place) throws IOException {
    CacheLayout.list(place.folder()); // what cannot be read cannot be deleted: let it be as it is
    AtomicFiles.deleteRecursively(place.isLeftover() ? place.folder() : setAside(place.folder()));
    removeIfEmpty(place.folder().getParent());
  }

  private static void removeIfEmpty(@Nullable Path name) {
    try {
      if (name != null && CacheLayout.list(name).isEmpty()) {
        Files.delete(name);
      }
    } catch (IOException e) {
      // somebody has begun to build there, or was faster
    }
  }

  /**
   * Renames an entry to a name under which nobody looks for it; the lock of the entry is held.
   *
   * @return where it lies now
   */
  static Path setAside(Path folder) throws IOException {
    Path aside = folder.resolveSibling(folder.getFileName() + CacheLayout.ASIDE);
    AtomicFiles.deleteRecursively(aside);
    AtomicFiles.publish(folder, aside);
    return aside;
  }
}
