package io.ghostmoe.data.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.ghostmoe.base.UserException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hugging Face's tokenizers library, run by DJL: nothing truncated, nothing added, no network. */
final class DjlEncoder implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  /** Loads a {@code tokenizer.json} from memory; {@code source} names it in errors. */
  DjlEncoder(byte[] json, String source) {
    // DJL reports its use over the network unless told so before its first class loads
    System.setProperty("ai.djl.offline", "true");
    Map<String, String> options =
        Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
    try {
      tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
    } catch (EngineException | LinkageError e) {
      throw UserException.environment(
          ("The tokenizer library has no native part that runs here (%s): it needs Linux or macOS"
                  + " on x86-64 or ARM64, or Windows on x86-64, and a folder to unpack to"
                  + " (DJL_CACHE_DIR).")
              .formatted(rootCause(e)),
          e);
    } catch (IOException | RuntimeException e) {
      throw UserException.input(
          "The tokenizer library cannot load %s: %s.".formatted(source, e.getMessage()), e);
    }
  }

  /** A failed class initialisation says nothing itself. */
  private static Throwable rootCause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** The ids of a text. */
  int[] encode(String text) {
    return ids(tokenizer.encode(text, false, false));
  }

  /**
   * The ids of a text; each is charged with the bytes from where the tokens before it end to where
   * it ends, so that the lengths add up to the text's even where a character has several tokens.
   */
  Tokenizer.TokenizedText encodeWithSpans(String text) {
    Encoding encoding = tokenizer.encode(text, false, false);
    int[] ids = ids(encoding);
    @Nullable CharSpan[] spans = encoding.getCharTokenSpans();
    int[] lengths = new int[ids.length];
    int codePoint = 0;
    int index = 0;
    for (int i = 0; i < ids.length; i++) {
      CharSpan span = spans[i];
      // spans count code points
      int end = i + 1 == ids.length ? Integer.MAX_VALUE : span == null ? 0 : span.getEnd();
      while (codePoint < end && index < text.length()) {
        int character = text.codePointAt(index);
        lengths[i] += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
        index += Character.charCount(character);
        codePoint++;
      }
    }
    return new Tokenizer.TokenizedText(ids, lengths);
  }

  /** The text of ids, special tokens left out. */
  String decode(int[] ids) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    return tokenizer.decode(wide, true);
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  private static int[] ids(Encoding encoding) {
    long[] wide = encoding.getIds();
    int[] ids = new int[wide.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) wide[i];
    }
    return ids;
  }
}
