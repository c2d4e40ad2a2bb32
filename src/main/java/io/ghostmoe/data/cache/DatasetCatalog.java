package io.ghostmoe.data.cache;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.CatalogEntry.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Lists and checks what is cached; loads no tokenizer. */
public final class DatasetCatalog {
  private final TokenCache cache;

  /** The catalog of a cache folder, which need not exist. */
  public DatasetCatalog(Path cacheFolder) {
    cache = new TokenCache(cacheFolder);
  }

  /**
   * All entries by name and fingerprint, the unusable ones included.
   *
   * @throws UserException if the cache folder cannot be read
   */
  public List<CatalogEntry> list() {
    List<CatalogEntry> entries = new ArrayList<>();
    try {
      for (Path folder : cache.folders()) {
        entries.add(entry(folder));
      }
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be read: %s.".formatted(cache.root(), e.getMessage()), e);
    }
    return entries;
  }

  /**
   * Names of the files of a valid entry whose content differs from its checksum; reads all of it.
   *
   * @throws UserException if a file cannot be read
   */
  public static List<String> differingFiles(CatalogEntry entry) {
    if (entry.manifest() == null) {
      throw new IllegalArgumentException(entry.name() + " is " + entry.status());
    }
    try {
      return ManifestFile.differing(entry.folder(), entry.manifest());
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be read: %s.".formatted(entry.folder(), e.getMessage()), e);
    }
  }

  private static CatalogEntry entry(Path folder) {
    String file = folder.getFileName().toString();
    Path absolute = folder.toAbsolutePath();
    String name = absolute.getName(absolute.getNameCount() - 2).toString();
    int dot = file.indexOf('.');
    String fingerprint = dot < 0 ? file : file.substring(0, dot);
    try {
      long bytes = size(folder);
      if (file.endsWith(TokenCache.INCOMPLETE)) {
        return new CatalogEntry(
            name, fingerprint, folder, Status.INCOMPLETE, "not finished", null, bytes);
      }
      try {
        Manifest manifest = ManifestFile.read(folder);
        return new CatalogEntry(name, fingerprint, folder, Status.VALID, "", manifest, bytes);
      } catch (DamagedEntryException e) {
        return new CatalogEntry(name, fingerprint, folder, Status.INVALID, e.why(), null, bytes);
      }
    } catch (IOException e) {
      String why = e.getClass().getSimpleName() + ": " + e.getMessage();
      return new CatalogEntry(name, fingerprint, folder, Status.ERROR, why, null, 0);
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      long bytes = 0;
      for (Path file : (Iterable<Path>) files::iterator) {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
      }
      return bytes;
    }
  }
}
