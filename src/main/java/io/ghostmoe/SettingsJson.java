package io.ghostmoe;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Settings as one flat JSON object, keys in snake_case. */
final class SettingsJson {
  private static final long MAXIMUM_BYTES = 1 << 20;

  private SettingsJson() {}

  /**
   * Reads a configuration file; comments are allowed in it.
   *
   * @throws UserException naming the file, the key, the value and the remedy
   */
  static SettingValues read(Path file, SettingTable table) {
    return read(content(file), file.toString(), table);
  }

  private static byte[] content(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw UserException.input(file + " is a folder: name a JSON file in it");
      }
      if (Files.size(file) > MAXIMUM_BYTES) {
        throw UserException.input(file + " exceeds 1 MiB: that is no configuration file");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw UserException.input(file + ": no such file: check the path", e);
    } catch (IOException e) {
      throw UserException.environment(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  static SettingValues read(byte[] json, String where, SettingTable table) {
    JsonNode root;
    try {
      root = mapper().readTree(json);
    } catch (JacksonException e) {
      throw UserException.input(
          "%s is not JSON: line %d, column %d: %s"
              .formatted(
                  where,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage().replaceAll(" \\(start marker.*", "")),
          e);
    }
    if (!root.isObject()) {
      throw UserException.input(where + " must hold one JSON object, such as {\"embed_dim\": 128}");
    }
    SettingValues values = SettingValues.NONE;
    for (Map.Entry<String, JsonNode> property : root.properties()) {
      Setting<?> setting = table.named(property.getKey(), where);
      try {
        values = values.plus(setting, setting.read(property.getValue()));
      } catch (UserException e) {
        throw UserException.input(where + ": " + e.getMessage(), e);
      }
    }
    return values;
  }

  /** One key a line, in the order of the values; absent ones are null. */
  static String write(SettingValues values) {
    JsonMapper mapper = mapper();
    ObjectNode json = mapper.createObjectNode();
    for (Setting<?> setting : values.settings()) {
      put(json, setting.name(), values.find(setting));
    }
    return mapper.writeValueAsString(json) + "\n";
  }

  private static void put(ObjectNode json, String name, Optional<?> value) {
    switch (value.orElse(null)) {
      case null -> json.putNull(name);
      case Integer number -> json.put(name, number);
      case Long number -> json.put(name, number);
      case Double number -> json.put(name, number);
      case Boolean truth -> json.put(name, truth);
      case Object text -> json.put(name, text.toString());
    }
  }

  private static JsonMapper mapper() {
    return JsonMapper.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build();
  }
}
