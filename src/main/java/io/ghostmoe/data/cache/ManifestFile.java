package io.ghostmoe.data.cache;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;

/** Reads, writes and checks the {@code cache.json} of an entry. */
final class ManifestFile {
  static final String NAME = "cache.json";

  private ManifestFile() {}

  /** Writes the manifest into an entry's folder. */
  static void write(Path folder, Manifest manifest) throws IOException {
    AtomicFiles.writeString(folder.resolve(NAME), ManifestJson.write(manifest));
  }

  /**
   * Reads the manifest of an entry and checks all that costs nothing: version, fingerprint, the
   * list of files and their sizes.
   *
   * @throws DamagedEntryException if something is wrong, saying what
   * @throws IOException if the folder cannot be read
   */
  static Manifest read(Path folder) throws IOException, DamagedEntryException {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      throw new DamagedEntryException(NAME + " is missing");
    }
    Manifest manifest;
    try {
      manifest = ManifestJson.read(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new DamagedEntryException(NAME + " cannot be understood");
    }
    if (manifest.version() != EntryKey.CACHE_VERSION) {
      throw new DamagedEntryException(
          "it has version %d, this program writes %d"
              .formatted(manifest.version(), EntryKey.CACHE_VERSION));
    }
    String fingerprint = String.valueOf(folder.getFileName());
    if (!manifest.fingerprint().equals(fingerprint)
        || !EntryKey.fingerprint(manifest.inputs()).equals(fingerprint)) {
      throw new DamagedEntryException(NAME + " belongs to another entry");
    }
    checkSplit(folder, "train", manifest.train(), manifest.tokenWidth());
    checkSplit(folder, "eval", manifest.eval(), manifest.tokenWidth());
    return manifest;
  }

  /** How the content of a file is compared with what the manifest says. */
  interface Comparison {
    /** Whether the file holds it. */
    boolean holds(Path file, Manifest.Part part) throws IOException;
  }

  /** Compares checksums. */
  static boolean holdsChecksum(Path file, Manifest.Part part) throws IOException {
    return FileChecksum.crc32c(file) == part.crc32c();
  }

  /** Compares hashes. */
  static boolean holdsHash(Path file, Manifest.Part part) throws IOException {
    return Sha256.of(file).equals(part.sha256());
  }

  /** Compares every file's content; the names of those that differ. */
  static List<String> differing(Path folder, Manifest manifest, Comparison comparison)
      throws IOException {
    List<String> differing = new ArrayList<>();
    for (Manifest.Split split : List.of(manifest.train(), manifest.eval())) {
      for (Manifest.Shard shard : split.shards()) {
        for (Map.Entry<String, Manifest.Part> part : shard.files().entrySet()) {
          if (!comparison.holds(folder.resolve(part.getKey()), part.getValue())) {
            differing.add(part.getKey());
          }
        }
      }
    }
    return differing;
  }

  private static void checkSplit(Path folder, String name, Manifest.Split split, int width)
      throws IOException, DamagedEntryException {
    if (split.shards().isEmpty() || !Manifest.Split.of(split.shards()).equals(split)) {
      throw new DamagedEntryException(NAME + " contradicts itself about " + name);
    }
    for (int i = 0; i < split.shards().size(); i++) {
      Manifest.Shard shard = split.shards().get(i);
      if (!shard.name().equals(SplitFiles.shard(name, i))) { // a name never leads elsewhere
        throw new DamagedEntryException("%s lists the shard %s".formatted(NAME, shard.name()));
      }
      checkShard(folder, shard, width);
    }
  }

  private static void checkShard(Path folder, Manifest.Shard shard, int width)
      throws IOException, DamagedEntryException {
    Map<String, Long> expected = SplitFiles.sizes(shard, width);
    if (!shard.files().keySet().equals(expected.keySet())) {
      throw new DamagedEntryException(NAME + " lists the files " + shard.files().keySet());
    }
    for (Map.Entry<String, Long> file : expected.entrySet()) {
      long size = size(folder.resolve(file.getKey()));
      if (size != file.getValue()) {
        throw new DamagedEntryException(
            "%s has %,d bytes instead of %,d".formatted(file.getKey(), size, file.getValue()));
      }
    }
  }

  private static long size(Path file) throws IOException, DamagedEntryException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isRegularFile()) {
        return attributes.size();
      }
    } catch (NoSuchFileException e) {
      // said below
    }
    throw new DamagedEntryException(file.getFileName() + " is missing");
  }
}
