package io.ghostmoe.data.cache;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads, writes and checks the {@code cache.json} of an entry. */
final class ManifestFile {
  static final String NAME = "cache.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private ManifestFile() {}

  /** Writes the manifest into an entry's folder. */
  static void write(Path folder, Manifest manifest) throws IOException {
    AtomicFiles.writeString(folder.resolve(NAME), JSON.writeValueAsString(manifest) + "\n");
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
      byte[] content = Files.readAllBytes(file);
      manifest = JSON.readValue(new String(content, StandardCharsets.UTF_8), Manifest.class);
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

  /** Compares every file's content with its checksum; the names of those that differ. */
  static List<String> differing(Path folder, Manifest manifest) throws IOException {
    List<String> differing = new ArrayList<>();
    for (Manifest.Split split : List.of(manifest.train(), manifest.eval())) {
      for (Map.Entry<String, Manifest.Part> part : split.files().entrySet()) {
        String hash = Sha256.of(folder.resolve(part.getKey()));
        if (!hash.equals(part.getValue().sha256())) {
          differing.add(part.getKey());
        }
      }
    }
    return differing;
  }

  private static void checkSplit(Path folder, String name, Manifest.Split split, int width)
      throws IOException, DamagedEntryException {
    Map<String, Long> expected =
        Map.of(
            name + SplitFiles.TOKENS, split.tokens() * width,
            name + SplitFiles.OFFSETS, (split.documents() + 1L) * Long.BYTES,
            name + SplitFiles.ANSWERS, (long) split.documents() * Integer.BYTES,
            name + SplitFiles.LENGTHS, split.tokens() * Integer.BYTES);
    Set<String> names = new TreeSet<>(expected.keySet());
    if (!split.files().containsKey(name + SplitFiles.LENGTHS)) {
      names.remove(name + SplitFiles.LENGTHS);
    }
    if (!split.files().keySet().equals(names)) {
      throw new DamagedEntryException(NAME + " lists the files " + split.files().keySet());
    }
    for (String file : names) {
      Path path = folder.resolve(file);
      if (!Files.isRegularFile(path)) {
        throw new DamagedEntryException(file + " is missing");
      }
      long size = Files.size(path);
      if (size != expected.getOrDefault(file, -1L)) {
        throw new DamagedEntryException(
            "%s has %,d bytes instead of %,d".formatted(file, size, expected.get(file)));
      }
    }
  }
}
