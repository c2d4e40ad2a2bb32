package io.ghostmoe.data.tokenizer;

import java.nio.charset.StandardCharsets;

/** GPT-2's {@code tokenizer.json}, written from its vocabulary. */
final class Gpt2TokenizerJson {
  /**
   * As in the official file, but with no added token: a literal {@code <|endoftext|>} in a text is
   * then seven ordinary tokens, and nobody can end a document from within.
   */
  private static final String HEAD =
      """
      {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,\
      "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,\
      "use_regex":true},"post_processor":null,"decoder":{"type":"ByteLevel",\
      "add_prefix_space":true,"trim_offsets":true,"use_regex":true},"model":{"type":"BPE",\
      "dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"",\
      "fuse_unk":false,"byte_fallback":false,"vocab":{\
      """;

  private Gpt2TokenizerJson() {}

  /** The file's content, in UTF-8. */
  static byte[] write(Gpt2Vocabulary vocabulary, Gpt2Merges merges) {
    ByteLevelAlphabet alphabet = new ByteLevelAlphabet();
    String[] spelled = new String[Gpt2Vocabulary.END_OF_TEXT];
    StringBuilder json = new StringBuilder(1_500_000).append(HEAD);
    for (int id = 0; id < spelled.length; id++) {
      spelled[id] = escape(alphabet.spell(vocabulary.bytes(id)));
      json.append('"').append(spelled[id]).append("\":").append(id).append(',');
    }
    json.append("\"<|endoftext|>\":").append(Gpt2Vocabulary.END_OF_TEXT).append("},\"merges\":[");
    for (int i = 0; i < merges.size(); i++) {
      json.append(i == 0 ? "\"" : ",\"").append(spelled[merges.left(i)]).append(' ');
      json.append(spelled[merges.right(i)]).append('"');
    }
    return json.append("]}}").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The alphabet has no control characters; only these two need a backslash. */
  private static String escape(String token) {
    return token.replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
