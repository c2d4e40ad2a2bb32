package io.ghostmoe.checkpoint;

import io.ghostmoe.base.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a checkpoint's folder must hold: written last, so that a folder with a manifest is whole.
 *
 * @param step of the run
 * @param files size and CRC-32C by plain file name, sorted by name
 */
record Manifest(long step, SortedMap<String, Entry> files) {
  static final String FILE = "manifest.json";
  private static final int VERSION = 1;
  private static final long MAXIMUM_BYTES = 1 << 20;
  private static final int COPY_BYTES = 1 << 18;

  /**
   * One file.
   *
   * @param bytes its size
   * @param crc32c of all its bytes: against bit rot and torn files, not against an attacker
   */
  record Entry(long bytes, String crc32c) {}

  /** Why a manifest or a folder is not what it should be; the message names the file. */
  static final class Damaged extends Exception {
    private static final long serialVersionUID = 1L;

    Damaged(String message) {
      super(message);
    }
  }

  Manifest {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /** Forces every file of a freshly written folder to disk and describes it. */
  static Manifest of(long step, Path folder) throws IOException {
    SortedMap<String, Entry> files = new TreeMap<>();
    for (Path file : children(folder)) {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new IllegalStateException("a checkpoint holds plain files only, not " + file);
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      files.put(file.getFileName().toString(), new Entry(Files.size(file), checksum(file)));
    }
    return new Manifest(step, files);
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    }
  }

  /** Writes the manifest into its folder, durably. */
  void write(Path folder) throws IOException {
    JsonMapper mapper = mapper();
    ObjectNode json = mapper.createObjectNode().put("version", VERSION).put("step", step);
    ObjectNode list = json.putObject("files");
    files.forEach(
        (name, entry) ->
            list.putObject(name).put("bytes", entry.bytes()).put("crc32c", entry.crc32c()));
    AtomicFiles.writeString(folder.resolve(FILE), mapper.writeValueAsString(json) + "\n");
  }

  /** Reads the manifest of a checkpoint's folder. */
  static Manifest read(Path folder) throws IOException, Damaged {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new Damaged(FILE + " is missing");
    }
    if (Files.size(file) > MAXIMUM_BYTES) {
      throw new Damaged(FILE + " is too large");
    }
    JsonNode json;
    try {
      json = mapper().readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new Damaged(FILE + " is not JSON: " + e.getOriginalMessage());
    }
    if (json.path("version").asInt(-1) != VERSION) {
      throw new Damaged(
          "%s has version %s, this program reads %d"
              .formatted(FILE, json.path("version"), VERSION));
    }
    JsonNode step = json.path("step");
    JsonNode list = json.path("files");
    if (!step.isIntegralNumber() || !step.canConvertToLong() || !list.isObject()) {
      throw new Damaged(FILE + " lacks the step or the files");
    }
    Map<String, Entry> files = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> property : list.properties()) {
      files.put(plainName(property.getKey()), entry(property.getKey(), property.getValue()));
    }
    return new Manifest(step.longValue(), new TreeMap<>(files));
  }

  private static String plainName(String name) throws Damaged {
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")) {
      throw new Damaged(FILE + " lists something that is not a plain file name");
    }
    return name;
  }

  private static Entry entry(String name, JsonNode json) throws Damaged {
    JsonNode bytes = json.path("bytes");
    JsonNode crc32c = json.path("crc32c");
    if (!bytes.isIntegralNumber() || !bytes.canConvertToLong() || !crc32c.isString()) {
      throw new Damaged(FILE + " lacks the size or the checksum of " + name);
    }
    return new Entry(bytes.longValue(), crc32c.stringValue());
  }

  /** Demands every file in its size. */
  void checkSizes(Path folder) throws IOException, Damaged {
    for (Map.Entry<String, Entry> file : files.entrySet()) {
      Path path = folder.resolve(file.getKey());
      if (!Files.isRegularFile(path)) {
        throw new Damaged(file.getKey() + " is missing");
      }
      if (Files.size(path) != file.getValue().bytes()) {
        throw new Damaged(
            "%s has %d bytes, the manifest says %d"
                .formatted(file.getKey(), Files.size(path), file.getValue().bytes()));
      }
    }
  }

  /** Demands one file in its content. */
  void checkContent(Path folder, String name, Entry entry) throws IOException, Damaged {
    String found = checksum(folder.resolve(name));
    if (!found.equals(entry.crc32c())) {
      throw new Damaged(
          "the content of %s has changed: its CRC-32C is %s, the manifest says %s"
              .formatted(name, found, entry.crc32c().replaceAll("[^0-9a-f]", "?")));
    }
  }

  private static String checksum(Path file) throws IOException {
    CRC32C checksum = new CRC32C();
    byte[] chunk = new byte[COPY_BYTES];
    try (InputStream in = new CheckedInputStream(Files.newInputStream(file), checksum)) {
      while (in.read(chunk) >= 0) {
        // reading moves the checksum
      }
    }
    return "%08x".formatted(checksum.getValue());
  }

  private static JsonMapper mapper() {
    return JsonMapper.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build();
  }
}
