package io.ghostmoe.data.cache;

import java.nio.file.Path;
import java.util.List;

/**
 * What came of removing entries.
 *
 * @param removed the entries that are gone
 * @param kept the entries that should be gone and are not
 * @param foreign files, folders and links that lie in the cache's folder, are not the cache's and
 *     stay; told where everything was to go
 */
public record Removal(List<CatalogEntry> removed, List<Kept> kept, List<Path> foreign) {
  /** Copies the lists. */
  public Removal {
    removed = List.copyOf(removed);
    kept = List.copyOf(kept);
    foreign = List.copyOf(foreign);
  }

  /**
   * An entry that is still there.
   *
   * @param entry as the catalog had it
   * @param why in a few words
   */
  public record Kept(CatalogEntry entry, String why) {}

  /** {@return the size of what was removed, in bytes} */
  public long bytes() {
    return removed.stream().mapToLong(CatalogEntry::bytes).sum();
  }
}
