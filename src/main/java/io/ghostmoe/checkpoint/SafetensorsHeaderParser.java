package io.ghostmoe.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a header that anybody may have written: every rule of the format is checked before one byte
 * of data is believed.
 */
final class SafetensorsHeaderParser {
  private static final int MAXIMUM_NAME = 4096;
  private static final int MAXIMUM_TEXT = 1 << 20;
  private static final int SHOWN_NAME = 80;

  /** Why a header is not one; the message continues "FILE: ". */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }
  }

  private final JsonParser json;

  private SafetensorsHeaderParser(JsonParser json) {
    this.json = json;
  }

  /**
   * Parses and checks a header.
   *
   * @param header its bytes, without the length before them
   * @param dataBytes how many bytes follow it in the file
   * @throws Malformed with the rule that is broken
   */
  static SafetensorsHeader parse(byte[] header, long dataBytes) throws Malformed {
    String text = decode(header);
    if (!text.startsWith("{")) {
      throw new Malformed("the header does not start with {");
    }
    try (JsonParser json = factory(header.length).createParser(ObjectReadContext.empty(), text)) {
      SafetensorsHeader parsed = new SafetensorsHeaderParser(json).header();
      checkLayout(parsed.entries().values(), dataBytes);
      return parsed;
    } catch (JacksonException e) {
      throw new Malformed("the header is not JSON: " + e.getOriginalMessage());
    }
  }

  private static String decode(byte[] header) throws Malformed {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString();
    } catch (CharacterCodingException e) {
      throw new Malformed("the header is not UTF-8");
    }
  }

  private static JsonFactory factory(int length) {
    return JsonFactory.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxDocumentLength(length)
                .maxNestingDepth(4)
                .maxNameLength(MAXIMUM_NAME)
                .maxStringLength(MAXIMUM_TEXT)
                .maxNumberLength(20)
                .build())
        .build();
  }

  private SafetensorsHeader header() throws Malformed {
    Map<String, String> metadata = new TreeMap<>();
    Map<String, SafetensorsEntry> entries = new LinkedHashMap<>();
    expect(JsonToken.START_OBJECT, "header");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      if (name.equals(SafetensorsEntry.METADATA)) {
        metadata.putAll(metadata());
      } else {
        entries.put(name, entry(name));
      }
    }
    if (json.nextToken() != null) {
      throw new Malformed("something follows the header's object");
    }
    return new SafetensorsHeader(new TreeMap<>(metadata), entries);
  }

  private Map<String, String> metadata() throws Malformed {
    Map<String, String> metadata = new TreeMap<>();
    expect(JsonToken.START_OBJECT, SafetensorsEntry.METADATA);
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      expect(JsonToken.VALUE_STRING, SafetensorsEntry.METADATA + " " + shown(key));
      metadata.put(key, json.getString());
    }
    return metadata;
  }

  private SafetensorsEntry entry(String name) throws Malformed {
    @Nullable String type = null;
    @Nullable List<Long> shape = null;
    @Nullable List<Long> offsets = null;
    expect(JsonToken.START_OBJECT, shown(name));
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      switch (json.currentName()) {
        case "dtype" -> {
          expect(JsonToken.VALUE_STRING, "dtype of " + shown(name));
          type = json.getString();
        }
        case "shape" -> shape = numbers("shape of " + shown(name));
        case "data_offsets" -> offsets = numbers("data_offsets of " + shown(name));
        default ->
            throw new Malformed(shown(name) + " has an unknown key " + shown(json.currentName()));
      }
    }
    if (type == null || shape == null || offsets == null || offsets.size() != 2) {
      throw new Malformed(shown(name) + " lacks a dtype, a shape or two data_offsets");
    }
    try {
      return new SafetensorsEntry(name, type(name, type), shape, offsets.get(0), offsets.get(1));
    } catch (ArithmeticException e) {
      throw new Malformed("shape " + shape + " of " + shown(name) + " overflows");
    } catch (IllegalArgumentException e) {
      throw new Malformed(shown(name) + ": " + e.getMessage());
    }
  }

  private static SafetensorsType type(String name, String type) throws Malformed {
    for (SafetensorsType candidate : SafetensorsType.values()) {
      if (candidate.name().equals(type)) {
        return candidate;
      }
    }
    throw new Malformed(shown(name) + " has dtype " + shown(type) + ", only F32 and I32 are read");
  }

  private List<Long> numbers(String what) throws Malformed {
    List<Long> numbers = new ArrayList<>();
    expect(JsonToken.START_ARRAY, what);
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT || json.getLongValue() < 0) {
        throw new Malformed(what + " holds something other than a non-negative integer");
      }
      numbers.add(json.getLongValue());
    }
    return numbers;
  }

  private void expect(JsonToken token, String what) throws Malformed {
    if (json.nextToken() != token) {
      throw new Malformed(
          what + " is no " + token.name().replaceAll(".*_", "").toLowerCase(Locale.ROOT));
    }
  }

  /** Arrays follow each other from the first byte to the last, without a gap or an overlap. */
  private static void checkLayout(Iterable<SafetensorsEntry> entries, long dataBytes)
      throws Malformed {
    List<SafetensorsEntry> byOffset = new ArrayList<>();
    entries.forEach(byOffset::add);
    byOffset.sort(
        Comparator.comparingLong(SafetensorsEntry::begin).thenComparingLong(SafetensorsEntry::end));
    long end = 0;
    for (SafetensorsEntry entry : byOffset) {
      if (entry.begin() != end) {
        throw new Malformed(
            "%s begins at byte %d, the array before it ends at %d"
                .formatted(shown(entry.name()), entry.begin(), end));
      }
      end = entry.end();
    }
    if (end != dataBytes) {
      throw new Malformed(
          "the header describes %d bytes of data, the file holds %d".formatted(end, dataBytes));
    }
  }

  private static String shown(String name) {
    String cut = name.length() > SHOWN_NAME ? name.substring(0, SHOWN_NAME) + "…" : name;
    return '"' + cut.replaceAll("\\p{Cntrl}", "?") + '"';
  }
}
