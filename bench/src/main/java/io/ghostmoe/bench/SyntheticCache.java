package io.ghostmoe.bench;

import io.ghostmoe.data.cache.EntryKey;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * An entry of any size whose tokens are all zero and, where the file system can, take no disk.
 *
 * @param root the cache's folder
 * @param key of the entry
 */
record SyntheticCache(Path root, EntryKey key) {
  /** Documents of so many tokens each. */
  static final int DOCUMENT = 1_000;

  /** What the program checks when it opens an entry; larger ones have no checksum here. */
  private static final long CHECKED = 64L << 20;

  /** Writes an entry of {@code bytes} of tokens for the byte tokenizer, in so many shards. */
  static SyntheticCache write(Path root, long bytes, int shards) throws IOException {
    SortedMap<String, String> inputs = new TreeMap<>();
    inputs.put("tokenizer", "byte:utf-8");
    inputs.put("shape", bytes + " bytes in " + shards);
    EntryKey key = new EntryKey("synthetic", inputs);
    Path folder = root.resolve(key.name()).resolve(key.fingerprint());
    Files.createDirectories(folder);
    int documents = (int) Math.max(shards, bytes / Short.BYTES / DOCUMENT);
    String train = split(folder, "train", documents, shards);
    String eval = split(folder, "eval", 1, 1);
    Files.writeString(folder.resolve("cache.json"), manifest(key, train, eval));
    return new SyntheticCache(root, key);
  }

  private static String manifest(EntryKey key, String train, String eval) {
    String inputs =
        key.inputs().entrySet().stream()
            .map(input -> "\"%s\": \"%s\"".formatted(input.getKey(), input.getValue()))
            .collect(Collectors.joining(", "));
    return """
    {"version": %d, "name": "%s", "fingerprint": "%s", "inputs": {%s},
     "created": "2026-01-01T00:00:00Z", "kind": "TEXT", "vocabulary_size": 257,
     "bad_records": 0, "bad_places": [], "dropped_fields": {}, "notes": [],
     "train": %s, "eval": %s}
    """
        .formatted(EntryKey.CACHE_VERSION, key.name(), key.fingerprint(), inputs, train, eval);
  }

  private static String split(Path folder, String name, int documents, int shards)
      throws IOException {
    List<String> json = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      int count = (int) ((long) documents * (i + 1) / shards - (long) documents * i / shards);
      String shard = i == 0 ? name : "%s-%05d".formatted(name, i);
      json.add(shard(folder, shard, count));
    }
    long tokens = (long) documents * DOCUMENT;
    return "{\"documents\": %d, \"tokens\": %d, \"text_bytes\": %d, \"shards\": [%s]}"
        .formatted(documents, tokens, tokens, String.join(",\n", json));
  }

  private static String shard(Path folder, String name, int documents) throws IOException {
    long tokens = (long) documents * DOCUMENT;
    Path ids = folder.resolve(name + ".tokens");
    Path answers = folder.resolve(name + ".answers");
    Path offsets = folder.resolve(name + ".offsets");
    setLength(ids, tokens * Short.BYTES);
    setLength(answers, (long) documents * Integer.BYTES);
    ByteBuffer starts =
        ByteBuffer.allocate((documents + 1) * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i <= documents; i++) {
      starts.putLong((long) i * DOCUMENT);
    }
    Files.write(offsets, starts.array());
    String files =
        List.of(ids, answers, offsets).stream()
            .map(SyntheticCache::part)
            .collect(Collectors.joining(", "));
    return "{\"name\": \"%s\", \"documents\": %d, \"tokens\": %d, \"text_bytes\": %d, \"files\": {%s}}"
        .formatted(name, documents, tokens, tokens, files);
  }

  private static void setLength(Path file, long bytes) throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(bytes);
    }
  }

  private static String part(Path file) {
    try {
      long bytes = Files.size(file);
      return "\"%s\": {\"bytes\": %d, \"crc32c\": %d, \"sha256\": \"none\"}"
          .formatted(file.getFileName(), bytes, bytes <= CHECKED ? crc32c(file) : 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int crc32c(Path file) throws IOException {
    CRC32C checksum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(buffer) >= 0) {
        checksum.update(buffer.flip());
        buffer.clear();
      }
    }
    return (int) checksum.getValue();
  }
}
