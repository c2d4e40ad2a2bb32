package io.ghostmoe.data.tokenizer;

import io.ghostmoe.base.Sha256;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a {@code tokenizer.json} says about its vocabulary.
 *
 * <p>End-of-text is the {@code eos_token} of the {@code tokenizer_config.json} beside it, else the
 * first of the usual names that the vocabulary has.
 */
final class TokenizerJson {
  private static final List<String> USUAL_END_OF_TEXT =
      List.of("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eot_id|>", "[SEP]");

  /** The largest vocabularies in use have a few hundred thousand ids. */
  private static final int MAXIMUM_VOCABULARY = 1 << 22;

  private static final long MAXIMUM_BYTES = 1L << 28;

  private final Path path;
  private final String sha256;
  private final ObjectNode root;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Set<Integer> specials = new HashSet<>();
  private final int vocabularySize;
  private final int endOfText;
  private final byte @Nullable [] @Nullable [] byteTable;

  private TokenizerJson(Path path, byte[] content, ObjectNode root) {
    this.path = path;
    this.root = root;
    sha256 = Sha256.of(content);
    vocabularySize = readVocabulary();
    endOfText = findEndOfText();
    specials.add(endOfText);
    byteTable = isByteLevel() ? buildByteTable() : null;
  }

  /** Reads and checks a file. */
  static TokenizerJson read(Path path) {
    byte[] content;
    try {
      if (Files.size(path) > MAXIMUM_BYTES) {
        throw notATokenizer(path, "it exceeds %d MiB".formatted(MAXIMUM_BYTES >> 20), null);
      }
      content = Files.readAllBytes(path);
    } catch (IOException e) {
      throw UserException.environment(
          "--tokenizer %s cannot be read: %s.".formatted(path, e.getMessage()), e);
    }
    try {
      if (new ObjectMapper().readTree(content) instanceof ObjectNode root) {
        return new TokenizerJson(path, content, root);
      }
    } catch (JacksonException e) {
      throw notATokenizer(path, e.getOriginalMessage(), e);
    }
    throw notATokenizer(path, "it holds no object", null);
  }

  Path path() {
    return path;
  }

  String sha256() {
    return sha256;
  }

  int vocabularySize() {
    return vocabularySize;
  }

  int endOfText() {
    return endOfText;
  }

  boolean isSpecial(int id) {
    return specials.contains(id);
  }

  boolean hasByteTable() {
    return byteTable != null;
  }

  /** The file's name without its ending; its folder's, where the file has the usual name. */
  String name() {
    String name = String.valueOf(path.getFileName());
    Path folder = path.toAbsolutePath().normalize().getParent();
    if (name.equals("tokenizer.json") && folder != null && folder.getFileName() != null) {
      return folder.getFileName().toString();
    }
    return name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
  }

  /** See {@link Tokenizer#bytes}. */
  byte[] bytes(int id) {
    if (byteTable == null) {
      throw new UnsupportedOperationException(path + " has no byte table");
    }
    byte[] bytes = byteTable[id];
    return bytes == null ? new byte[0] : bytes.clone();
  }

  /**
   * The file's content without its special tokens, so that a text that spells one is ordinary text.
   */
  byte[] withoutSpecialTokens() {
    ObjectNode copy = root.deepCopy();
    ArrayNode kept = JsonNodeFactory.instance.arrayNode();
    for (JsonNode token : root.path("added_tokens")) {
      if (!specials.contains(token.path("id").asInt(-1))) {
        kept.add(token);
      }
    }
    copy.set("added_tokens", kept);
    copy.set("post_processor", JsonNodeFactory.instance.nullNode());
    return new ObjectMapper().writeValueAsBytes(copy);
  }

  /** Rejects an id that ordinary text must not have. */
  void requireOrdinary(int id, String text) {
    if (id == endOfText) {
      throw UserException.input(
          "%s turns ordinary text into its end-of-text token %d (text begins \"%s\"): remove it."
              .formatted(path, id, text.substring(0, Math.min(40, text.length()))));
    }
  }

  /** Returns how many ids there are: one more than the highest. */
  private int readVocabulary() {
    JsonNode vocabulary = root.path("model").path("vocab");
    if (vocabulary.isObject()) {
      vocabulary.properties().forEach(e -> ids.put(e.getKey(), e.getValue().asInt(-1)));
    } else if (vocabulary.isArray()) {
      for (int id = 0; id < vocabulary.size(); id++) {
        ids.put(vocabulary.path(id).path(0).asString(""), id);
      }
    }
    for (JsonNode token : root.path("added_tokens")) {
      int id = token.path("id").asInt(-1);
      ids.put(token.path("content").asString(""), id);
      if (token.path("special").asBoolean(false)) {
        specials.add(id);
      }
    }
    int lowest = Math.min(lowest(ids.values()), lowest(specials));
    int highest = Math.max(highest(ids.values()), highest(specials));
    if (ids.isEmpty() || lowest < 0 || highest >= MAXIMUM_VOCABULARY) {
      throw notATokenizer(
          path,
          "it holds no usable model.vocab, ids from 0 to at most " + (MAXIMUM_VOCABULARY - 1),
          null);
    }
    return highest + 1;
  }

  private static int lowest(Collection<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).min().orElse(0);
  }

  private static int highest(Collection<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  private int findEndOfText() {
    String named = configuredEndOfText();
    if (named != null && ids.containsKey(named)) {
      return ids.getOrDefault(named, -1);
    }
    for (String usual : USUAL_END_OF_TEXT) {
      if (ids.containsKey(usual)) {
        return ids.getOrDefault(usual, -1);
      }
    }
    throw UserException.input(
        "--tokenizer %s has no end-of-text token: name it as eos_token in a tokenizer_config.json beside it."
            .formatted(path));
  }

  private @Nullable String configuredEndOfText() {
    Path config = path.resolveSibling("tokenizer_config.json");
    if (!Files.isRegularFile(config)) {
      return null;
    }
    try {
      JsonNode token = new ObjectMapper().readTree(config.toFile()).path("eos_token");
      JsonNode content = token.isObject() ? token.path("content") : token;
      return content.isString() ? content.asString() : null;
    } catch (JacksonException e) {
      throw notATokenizer(config, e.getOriginalMessage(), e);
    }
  }

  /** True if tokens spell bytes and nothing alters the text on its way to them. */
  private boolean isByteLevel() {
    JsonNode before = root.path("pre_tokenizer");
    JsonNode step = before;
    for (JsonNode part : before.path("pretokenizers")) {
      step = part;
    }
    return (root.path("normalizer").isMissingNode() || root.path("normalizer").isNull())
        && step.path("type").asString("").equals("ByteLevel")
        && !step.path("add_prefix_space").asBoolean(true)
        && root.path("decoder").path("type").asString("").equals("ByteLevel");
  }

  private byte @Nullable [][] buildByteTable() {
    ByteLevelAlphabet alphabet = new ByteLevelAlphabet();
    byte[][] table = new byte[vocabularySize][];
    ids.forEach((token, id) -> table[id] = alphabet.bytes(token));
    for (JsonNode token : root.path("added_tokens")) {
      // these are matched in the text itself and spelled as they are
      String content = token.path("content").asString("");
      table[token.path("id").asInt()] = content.getBytes(StandardCharsets.UTF_8);
    }
    specials.forEach(id -> table[id] = new byte[0]);
    return table;
  }

  private static UserException notATokenizer(Path path, String why, @Nullable Exception cause) {
    String message = "--tokenizer %s is not a tokenizer.json: %s.".formatted(path, why);
    return cause == null ? UserException.input(message) : UserException.input(message, cause);
  }
}
