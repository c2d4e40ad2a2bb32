package io.ghostmoe.checkpoint;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The header of a safetensors file: which arrays it holds and where, and a map of strings.
 *
 * @param metadata free text by key, sorted by key
 * @param entries by name, in the order of the header
 */
record SafetensorsHeader(
    SortedMap<String, String> metadata, Map<String, SafetensorsEntry> entries) {

  /** The format's own limit; a longer header is refused by other readers too. */
  static final int MAXIMUM_BYTES = 100_000_000;

  private static final int ALIGNMENT = 8;

  SafetensorsHeader {
    metadata = new TreeMap<>(metadata);
    entries = new LinkedHashMap<>(entries);
  }

  /** Bytes of all arrays together. */
  long dataBytes() {
    return entries.values().stream().mapToLong(SafetensorsEntry::end).max().orElse(0);
  }

  /**
   * The header as JSON in UTF-8, filled up with spaces so that the data behind it, and the eight
   * bytes of length before it, are aligned. A function of its content alone.
   *
   * @throws IllegalArgumentException where it would exceed {@link #MAXIMUM_BYTES}
   */
  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json =
        new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart(SafetensorsEntry.METADATA);
        metadata.forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      entries.values().forEach(entry -> encode(entry, json));
      json.writeEndObject();
    }
    int length = Math.ceilDiv(bytes.size(), ALIGNMENT) * ALIGNMENT;
    if (length > MAXIMUM_BYTES) {
      throw new IllegalArgumentException("a header of " + length + " bytes exceeds the format");
    }
    byte[] padded = Arrays.copyOf(bytes.toByteArray(), length);
    Arrays.fill(padded, bytes.size(), length, (byte) ' ');
    return padded;
  }

  private static void encode(SafetensorsEntry entry, JsonGenerator json) {
    json.writeObjectPropertyStart(entry.name());
    json.writeStringProperty("dtype", entry.type().name());
    json.writeArrayPropertyStart("shape");
    entry.shape().forEach(size -> json.writeNumber((long) size));
    json.writeEndArray();
    json.writeArrayPropertyStart("data_offsets");
    json.writeNumber(entry.begin());
    json.writeNumber(entry.end());
    json.writeEndArray();
    json.writeEndObject();
  }
}
