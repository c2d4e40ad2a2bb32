package io.ghostmoe.data.cache;

import io.ghostmoe.data.cache.Manifest.Kind;
import io.ghostmoe.data.cache.Manifest.Part;
import io.ghostmoe.data.cache.Manifest.Shard;
import io.ghostmoe.data.cache.Manifest.Split;
import io.ghostmoe.data.cache.PlainJson.Members;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import tools.jackson.core.exc.StreamReadException;

/** A manifest as JSON, keys in snake_case. */
final class ManifestJson {
  private ManifestJson() {}

  static String write(Manifest manifest) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("version", manifest.version());
    json.put("name", manifest.name());
    json.put("fingerprint", manifest.fingerprint());
    json.put("inputs", manifest.inputs());
    json.put("created", manifest.created());
    json.put("kind", manifest.kind());
    json.put("vocabulary_size", manifest.vocabularySize());
    json.put("bad_records", manifest.badRecords());
    json.put("bad_places", manifest.badPlaces());
    json.put("dropped_fields", manifest.droppedFields());
    json.put("notes", manifest.notes());
    json.put("train", split(manifest.train()));
    json.put("eval", split(manifest.eval()));
    return PlainJson.write(json);
  }

  private static Map<String, Object> split(Split split) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("documents", split.documents());
    json.put("tokens", split.tokens());
    json.put("text_bytes", split.textBytes());
    json.put("shards", split.shards().stream().map(ManifestJson::shard).toList());
    return json;
  }

  private static Map<String, Object> shard(Shard shard) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", shard.name());
    json.put("documents", shard.documents());
    json.put("tokens", shard.tokens());
    json.put("text_bytes", shard.textBytes());
    Map<String, Object> files = new LinkedHashMap<>();
    shard.files().forEach((name, part) -> files.put(name, part(part)));
    json.put("files", files);
    return json;
  }

  private static Map<String, Object> part(Part part) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("bytes", part.bytes());
    json.put("crc32c", part.crc32c());
    json.put("sha256", part.sha256());
    return json;
  }

  /**
   * The manifest that a file holds.
   *
   * @throws tools.jackson.core.JacksonException if it holds none
   */
  static Manifest read(byte[] content) {
    Members json = PlainJson.read(content);
    try {
      return new Manifest(
          json.count("version"),
          json.text("name"),
          json.text("fingerprint"),
          map(json.members("inputs"), Members::text),
          Instant.parse(json.text("created")),
          Kind.valueOf(json.text("kind")),
          json.count("vocabulary_size"),
          json.count("bad_records"),
          json.list("bad_places", String.class),
          map(json.members("dropped_fields"), Members::count),
          json.list("notes", String.class),
          readSplit(json.members("train")),
          readSplit(json.members("eval")));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new StreamReadException(e.getMessage());
    }
  }

  private static Split readSplit(Members json) {
    return new Split(
        json.count("documents"),
        json.integer("tokens"),
        json.integer("text_bytes"),
        json.list("shards", Members.class).stream().map(ManifestJson::readShard).toList());
  }

  private static Shard readShard(Members json) {
    return new Shard(
        json.text("name"),
        json.count("documents"),
        json.integer("tokens"),
        json.integer("text_bytes"),
        map(json.members("files"), (files, name) -> readPart(files.members(name))));
  }

  private static Part readPart(Members json) {
    return new Part(json.integer("bytes"), json.count("crc32c"), json.text("sha256"));
  }

  private static <T> SortedMap<String, T> map(Members json, BiFunction<Members, String, T> value) {
    SortedMap<String, T> map = new TreeMap<>();
    json.values().keySet().forEach(name -> map.put(name, value.apply(json, name)));
    return map;
  }
}
