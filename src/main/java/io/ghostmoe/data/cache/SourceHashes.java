package io.ghostmoe.data.cache;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.FileMutex;
import io.ghostmoe.base.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;

/**
 * SHA-256 of source files, remembered in the cache's {@code sources.json} for as long as a file's
 * size and times stay what they were. A file that was touched is read again.
 */
public final class SourceHashes {
  static final String NAME = "sources.json";

  /** A file changed this shortly before it was read may change again within the same time stamp. */
  private static final long UNSETTLED_MILLIS = 3_000;

  private static final int MOST = 20_000;

  private final Path root;

  /**
   * The memory in a cache's folder.
   *
   * @param root the folder, which need not exist yet
   */
  public SourceHashes(Path root) {
    this.root = root;
  }

  /**
   * What a file looked like from outside.
   *
   * @param size bytes
   * @param modified time of the last change of its content, nanoseconds since 1970
   * @param changed time of the last change of its inode, where there is one, else 0: it shows a
   *     change that kept size and modification time
   */
  public record Stamp(long size, long modified, long changed) {
    /** How a file looks now. */
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      long changed = 0;
      if (file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
        changed = nanos((FileTime) Files.getAttribute(file, "unix:ctime"));
      }
      return new Stamp(attributes.size(), nanos(attributes.lastModifiedTime()), changed);
    }

    private static long nanos(FileTime time) {
      return time.to(TimeUnit.NANOSECONDS);
    }
  }

  /**
   * A file's content, known by its hash.
   *
   * @param path the file itself, links resolved
   * @param stamp how it looked when it was read
   * @param sha256 its content
   */
  public record Known(Path path, Stamp stamp, String sha256) {
    /**
     * {@return true if the file still looks the same, or at least holds the same}
     *
     * @throws IOException if it is there and cannot be read
     */
    public boolean isUnchanged() throws IOException {
      return Files.isRegularFile(path)
          && (Stamp.of(path).equals(stamp) || Sha256.of(path).equals(sha256));
    }
  }

  private record Memory(Stamp stamp, String sha256, long readMillis) {
    boolean stillHolds(Stamp now) {
      long latest = Math.max(stamp.modified(), stamp.changed()) / 1_000_000;
      return stamp.equals(now) && latest < readMillis - UNSETTLED_MILLIS;
    }
  }

  /**
   * Hashes files, or remembers the hash of those about which nothing has changed.
   *
   * @param files that exist, or links to such
   * @return each file and its hash
   * @throws IOException if one cannot be read; a memory that cannot be kept is no failure
   */
  public List<Known> hash(List<Path> files) throws IOException {
    return hash(files, Map.of());
  }

  /**
   * The same, where somebody has read some of the files a moment ago.
   *
   * @param files that exist, or links to such
   * @param fresh hashes of those, which are not read again
   * @return each file and its hash
   * @throws IOException if one cannot be read; a memory that cannot be kept is no failure
   */
  public List<Known> hash(List<Path> files, Map<Path, String> fresh) throws IOException {
    SortedMap<String, Memory> memories = load();
    SortedMap<String, Memory> more = new TreeMap<>();
    List<Known> known = new ArrayList<>();
    for (Path file : files) {
      Path path = file.toRealPath();
      Stamp stamp = Stamp.of(path);
      Memory memory = memories.get(path.toString());
      if (memory == null || !memory.stillHolds(stamp)) {
        long readMillis = System.currentTimeMillis();
        String sha256 = fresh.containsKey(file) ? fresh.get(file) : Sha256.of(path);
        memory = new Memory(stamp, sha256, readMillis);
        more.put(path.toString(), memory);
      }
      known.add(new Known(path, stamp, memory.sha256()));
    }
    if (!more.isEmpty()) {
      remember(more);
    }
    return known;
  }

  /** Deletes the memory of a cache; one that cannot be deleted harms nobody. */
  static void forget(Path root) {
    delete(root, root.resolve(NAME));
    forgetUnfinished(root);
  }

  /** Deletes what a process that was killed while it remembered has left. */
  static void forgetUnfinished(Path root) {
    delete(root, root.resolve(NAME + CacheLayout.INCOMPLETE));
  }

  private static void delete(Path root, Path file) {
    if (Files.exists(file)) {
      try (FileMutex mutex = FileMutex.tryAcquire(lockFile(root))) {
        if (mutex != null) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        // as said
      }
    }
  }

  private static Path lockFile(Path root) {
    return root.resolve(CacheLayout.LOCKS).resolve("sources.lock");
  }

  private SortedMap<String, Memory> load() {
    Path file = root.resolve(NAME);
    try {
      if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return read(PlainJson.read(Files.readAllBytes(file)));
      }
    } catch (IOException | JacksonException e) {
      // a memory that cannot be read costs reading the source again, nothing else
    }
    return new TreeMap<>();
  }

  private void remember(SortedMap<String, Memory> more) {
    try (FileMutex mutex = FileMutex.tryAcquire(lockFile(root))) {
      if (mutex == null) {
        return;
      }
      SortedMap<String, Memory> all = load();
      if (all.size() + more.size() > MOST) {
        all.clear();
      }
      all.putAll(more);
      AtomicFiles.writeString(root.resolve(NAME), PlainJson.write(json(all)));
    } catch (IOException e) {
      // likewise
    }
  }

  private static SortedMap<String, Memory> read(PlainJson.Members json) {
    SortedMap<String, Memory> all = new TreeMap<>();
    for (String path : json.values().keySet()) {
      PlainJson.Members memory = json.members(path);
      PlainJson.Members stamp = memory.members("stamp");
      all.put(
          path,
          new Memory(
              new Stamp(stamp.integer("size"), stamp.integer("modified"), stamp.integer("changed")),
              memory.text("sha256"),
              memory.integer("read_millis")));
    }
    return all;
  }

  private static Map<String, Object> json(SortedMap<String, Memory> all) {
    Map<String, Object> json = new TreeMap<>();
    all.forEach(
        (path, memory) ->
            json.put(
                path,
                Map.of(
                    "stamp",
                    Map.of(
                        "size", memory.stamp().size(),
                        "modified", memory.stamp().modified(),
                        "changed", memory.stamp().changed()),
                    "sha256",
                    memory.sha256(),
                    "read_millis",
                    memory.readMillis())));
    return json;
  }
}
