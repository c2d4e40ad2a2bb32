package io.ghostmoe.data.cache;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.FileMutex;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A folder of entries, {@code {name}/{fingerprint}/}. Any number of processes may use it: an entry
 * appears by one rename when it is whole, and while it is built its lock is held.
 */
public final class TokenCache {
  /** How often a folder is made again that a removal took away as an empty one. */
  private static final int ATTEMPTS = 100;

  private final CacheLayout layout;

  /**
   * The cache in a folder.
   *
   * @param root the folder, made when the first entry is
   */
  public TokenCache(Path root) {
    layout = new CacheLayout(root);
  }

  /** Makes the files of an entry. */
  public interface Builder {
    /**
     * Writes all files of the entry.
     *
     * @param folder empty; not yet under the entry's name
     * @return what the entry is; its {@code cache.json} is written by the cache
     * @throws IOException if a file cannot be read or written; nothing of the entry remains then
     */
    Manifest build(Path folder) throws IOException;
  }

  /** Hears what happens to an entry. */
  public interface Watcher {
    /**
     * Hears what happens.
     *
     * @param line for the user, without an end of line
     */
    void note(String line);

    /** {@return whether to give up; asked while another process builds the entry} */
    boolean cancelled();
  }

  /**
   * An entry, and how it came.
   *
   * @param entry opened; the caller closes it
   * @param hit true if it was there, or another process built it meanwhile
   */
  public record Lookup(CacheEntry entry, boolean hit) {}

  /** {@return the cache's folder, which need not exist} */
  public Path root() {
    return layout.root();
  }

  /**
   * Opens an entry; builds it first if it is missing or damaged. If two want the same entry, one
   * builds and the other waits.
   *
   * @param key of the entry
   * @param tokenizer with which it is made; stays the caller's, and open while the entry is read
   * @param builder called where the entry has to be built, with its lock held
   * @param watcher hears of waiting and damage, and can end the waiting
   * @return the entry, opened; the caller closes it
   * @throws UserException if the folder cannot be used or the disk is full
   * @throws CancellationException if the watcher gave up; nothing of the entry remains
   */
  public Lookup open(EntryKey key, Tokenizer tokenizer, Builder builder, Watcher watcher) {
    try {
      removeRemains();
      CacheEntry entry = openIfValid(key, tokenizer, watcher);
      if (entry != null) {
        return new Lookup(entry, true);
      }
      try (FileMutex _ = waitFor(key, watcher)) {
        entry = openIfValid(key, tokenizer, null);
        if (entry != null) {
          return new Lookup(entry, true);
        }
        build(key, builder);
        return new Lookup(openBuilt(key, tokenizer), false);
      }
    } catch (ClosedByInterruptException e) {
      throw cancelled(key);
    } catch (UncheckedIOException e) {
      throw unusable(key, Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      throw unusable(key, e);
    }
  }

  /**
   * Opens an entry that is there and whole; builds nothing, and removes nothing.
   *
   * @param key of the entry
   * @param tokenizer with which it was made; stays the caller's, and open while the entry is read
   * @return the entry, which the caller closes; empty where it is missing or damaged
   * @throws UserException if the folder cannot be read
   */
  public Optional<CacheEntry> find(EntryKey key, Tokenizer tokenizer) {
    try {
      return Optional.ofNullable(openIfValid(key, tokenizer, null));
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be read: %s.".formatted(layout.root(), e.getMessage()), e);
    }
  }

  private Path entryFolder(EntryKey key) {
    return layout.entry(key.name(), key.fingerprint());
  }

  /** Null if the entry is not there, or is damaged, which the watcher is told unless null. */
  private @Nullable CacheEntry openIfValid(
      EntryKey key, Tokenizer tokenizer, @Nullable Watcher watcher) throws IOException {
    Path folder = entryFolder(key);
    if (!Files.isDirectory(folder)) {
      return null;
    }
    try {
      return CacheEntry.open(folder, tokenizer);
    } catch (DamagedEntryException e) {
      if (watcher != null) {
        watcher.note("cache: %s is damaged (%s) and is built anew".formatted(key.name(), e.why()));
      }
      return null;
    } catch (NoSuchFileException e) {
      return null; // removed while it was opened
    }
  }

  /** The lock of the entry is held. */
  private void build(EntryKey key, Builder builder) throws IOException {
    Path folder = entryFolder(key);
    Path unfinished = folder.resolveSibling(key.fingerprint() + CacheLayout.INCOMPLETE);
    AtomicFiles.deleteRecursively(unfinished);
    create(unfinished);
    boolean published = false;
    try {
      Manifest manifest = builder.build(unfinished);
      ManifestFile.write(unfinished, manifest);
      AtomicFiles.forceFolder(unfinished);
      if (Files.exists(folder)) { // a folder cannot be renamed over another
        EntryRemover.setAside(folder);
      }
      AtomicFiles.publish(unfinished, folder);
      published = true;
    } finally {
      if (!published) {
        deleteQuietly(unfinished);
      }
    }
    deleteQuietly(folder.resolveSibling(key.fingerprint() + CacheLayout.ASIDE));
  }

  /** Another process may be removing the last entry of this name, and the folder with it. */
  private static void create(Path folder) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Files.createDirectories(folder);
        return;
      } catch (NoSuchFileException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private FileMutex waitFor(EntryKey key, Watcher watcher) throws IOException {
    AtomicBoolean said = new AtomicBoolean();
    Runnable waiting =
        () -> {
          if (!said.getAndSet(true)) {
            watcher.note(
                "cache: %s is being built elsewhere, waiting for it".formatted(key.name()));
          }
          if (watcher.cancelled()) {
            throw cancelled(key);
          }
        };
    try {
      return FileMutex.acquire(layout.lockFile(key.fingerprint()), waiting);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cancelled(key);
    }
  }

  /** Deletes what killed builds of any entry have left; what is being built is locked. */
  private void removeRemains() throws IOException {
    for (CacheLayout.Place place : layout.contents().places()) {
      if (!place.isLeftover()) {
        continue;
      }
      try (FileMutex mutex = FileMutex.tryAcquire(layout.lockFile(place.fingerprint()))) {
        if (mutex != null) {
          deleteQuietly(place.folder());
        }
      } catch (IOException e) {
        // a cache that may only be read keeps them
      }
    }
  }

  private CacheEntry openBuilt(EntryKey key, Tokenizer tokenizer) throws IOException {
    try {
      return CacheEntry.open(entryFolder(key), tokenizer);
    } catch (DamagedEntryException e) {
      throw new IOException("the finished entry is damaged: " + e.why(), e);
    }
  }

  private static void deleteQuietly(Path folder) {
    try {
      AtomicFiles.deleteRecursively(folder);
    } catch (IOException e) {
      // it is not taken for an entry, and the next run tries again
    }
  }

  private UserException unusable(EntryKey key, IOException e) {
    return UserException.environment(
        "The cache entry %s cannot be made in %s (%s: %s): check space and permission, or pass another --cache-dir."
            .formatted(key.name(), layout.root(), e.getClass().getSimpleName(), e.getMessage()),
        e);
  }

  private static CancellationException cancelled(EntryKey key) {
    return new CancellationException("preparing " + key.name() + " was cancelled");
  }
}
