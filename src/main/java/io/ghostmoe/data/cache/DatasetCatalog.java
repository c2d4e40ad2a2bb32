package io.ghostmoe.data.cache;

import io.ghostmoe.base.NearestName;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Lists, checks and removes what is cached; loads no tokenizer. Files and folders that are not the
 * cache's are neither listed nor removed, and nothing outside its folder is ever touched.
 */
public final class DatasetCatalog {
  private final CacheLayout layout;

  /**
   * The catalog of a cache folder.
   *
   * @param cacheFolder need not exist; there is nothing in the catalog then
   */
  public DatasetCatalog(Path cacheFolder) {
    layout = new CacheLayout(cacheFolder);
  }

  /**
   * {@return all entries by name and fingerprint, the unusable ones included; empty without a
   * folder}
   *
   * @throws UserException if the cache folder cannot be read
   */
  public List<CatalogEntry> list() {
    return contents().places().stream().map(EntryCheck::look).toList();
  }

  private CacheLayout.Contents contents() {
    try {
      return layout.contents();
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be read (%s): check its permissions, or pass another --cache-dir."
              .formatted(layout.root(), EntryCheck.why(e)),
          e);
    }
  }

  /**
   * The entry that a user names, and behind it what builds of it have left.
   *
   * @param name of the data; where several entries share it, followed by {@code /} and the
   *     beginning of a fingerprint. It is compared with names, never taken for a path
   * @return one to three folders of one fingerprint, the entry itself first where there is one
   * @throws UserException if there is no such entry, or several
   */
  public List<CatalogEntry> find(String name) {
    int slash = name.indexOf('/');
    String data = slash < 0 ? name : name.substring(0, slash);
    String prefix = slash < 0 ? "" : name.substring(slash + 1);
    List<CatalogEntry> all = list();
    List<CatalogEntry> named = all.stream().filter(entry -> entry.name().equals(data)).toList();
    List<CatalogEntry> found =
        named.stream().filter(entry -> entry.fingerprint().startsWith(prefix)).toList();
    if (found.isEmpty()) {
      throw UserException.input(
          "no dataset %s in %s: %s".formatted(name, layout.root(), remedy(data, named, all)));
    }
    List<String> labels = labels(found);
    if (labels.size() > 1) {
      throw UserException.input(
          "%s names %d entries in %s: say which, %s"
              .formatted(name, labels.size(), layout.root(), String.join(" or ", labels)));
    }
    return found;
  }

  private static String remedy(String data, List<CatalogEntry> named, List<CatalogEntry> all) {
    if (!named.isEmpty()) {
      return "of that name there is " + String.join(" and ", labels(named));
    }
    return NearestName.of(data, all.stream().map(CatalogEntry::name).toList())
        .map(nearest -> "did you mean %s?".formatted(nearest))
        .orElse("nothing is prepared there");
  }

  private static List<String> labels(List<CatalogEntry> entries) {
    return entries.stream().map(CatalogEntry::label).distinct().toList();
  }

  /**
   * Opens a valid entry for a look at it. Sizes are checked; of the content nothing is, since a
   * look should show what there is.
   *
   * @param entry of this catalog
   * @param tokenizer with which it was made; stays the caller's, and open while the entry is read
   * @return open; the caller closes it
   * @throws UserException if it is damaged, was removed meanwhile or cannot be read
   */
  public CacheEntry open(CatalogEntry entry, Tokenizer tokenizer) {
    try {
      return CacheEntry.openUnread(entry.folder(), tokenizer);
    } catch (DamagedEntryException e) {
      throw UserException.environment("%s is damaged: %s.".formatted(entry.label(), e.why()), e);
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be read: %s.".formatted(entry.folder(), EntryCheck.why(e)), e);
    }
  }

  /**
   * Reads an entry through and compares every file with its checksum.
   *
   * @param entry of this catalog, whatever its status
   * @param deep whether to compare SHA-256, which also tells what was changed on purpose; otherwise
   *     CRC-32C, many times as fast
   * @return what came out; what cannot be read is bad, with the reason
   */
  public Verification verify(CatalogEntry entry, boolean deep) {
    return EntryCheck.verify(
        entry, layout, deep ? ManifestFile::holdsHash : ManifestFile::holdsChecksum);
  }

  /**
   * Removes entries, whatever their status. One that a process is building stays; one that a
   * process reads goes, and that process reads on.
   *
   * @param entries of this catalog
   * @return what is gone and what is not, with the reason
   */
  public Removal remove(List<CatalogEntry> entries) {
    EntryRemover remover = new EntryRemover(layout);
    entries.forEach(remover::remove);
    return remover.result(List.of());
  }

  /**
   * Removes every entry, and what the cache remembers of source files; its lock files, which are
   * empty, stay.
   *
   * @return what is gone and what is not, and what in the folder is not the cache's
   * @throws UserException if the cache folder cannot be read
   */
  public Removal clean() {
    CacheLayout.Contents contents = contents();
    EntryRemover remover = new EntryRemover(layout);
    contents.places().stream().map(EntryCheck::look).forEach(remover::remove);
    SourceHashes.forget(layout.root());
    return remover.result(contents.foreign());
  }

  /**
   * Removes the entries that {@link #verify} finds bad, and what killed builds and removals have
   * left. Reads all that is cached.
   *
   * @return what is gone and what is not, with the reason
   * @throws UserException if the cache folder cannot be read
   */
  public Removal cleanInvalid() {
    EntryRemover remover = new EntryRemover(layout);
    list().forEach(remover::removeIfBad);
    SourceHashes.forgetUnfinished(layout.root());
    return remover.result(List.of());
  }
}
