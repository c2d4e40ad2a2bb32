package io.ghostmoe.data;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Some of a corpus's texts, on which a fast encoder is compared with the tokenizer that is the
 * reference: half of them drawn from all, half from those with more than ASCII, since these are
 * where encoders differ. Each draw is a reservoir's (Vitter 1985), so that the corpus may have any
 * length.
 */
final class ReferenceSample {
  private static final int EACH = 128;

  /** Characters of a text that are compared. */
  private static final int BEGINNING = 1 << 12;

  private final Reservoir all = new Reservoir("all");
  private final Reservoir notAscii = new Reservoir("not ascii");

  private static final class Reservoir {
    private final long key;
    private final List<String> texts = new ArrayList<>();
    private int seen;

    Reservoir(String name) {
      key = CounterRandom.key(0, name);
    }

    void offer(String text) {
      seen++;
      if (texts.size() < EACH) {
        texts.add(beginning(text));
        return;
      }
      int place = CounterRandom.below(key, seen, seen);
      if (place < EACH) {
        texts.set(place, beginning(text));
      }
    }
  }

  /** Considers a text. */
  void offer(String text) {
    all.offer(text);
    if (!isAscii(text)) {
      notAscii.offer(text);
    }
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 128) {
        return false;
      }
    }
    return true;
  }

  private static String beginning(String text) {
    if (text.length() <= BEGINNING) {
      return text;
    }
    boolean half = Character.isHighSurrogate(text.charAt(BEGINNING - 1));
    return text.substring(0, half ? BEGINNING - 1 : BEGINNING);
  }

  /** UTF-8 bytes that a token stands for in the texts drawn from all. */
  double bytesPerToken(Tokenizer.Encoder encoder) {
    long bytes = 0;
    long tokens = 0;
    for (String text : all.texts) {
      int[] lengths = encoder.encode(text).byteLengths();
      tokens += lengths.length;
      bytes += Arrays.stream(lengths).sum();
    }
    return (double) bytes / tokens;
  }

  /** The first text to which the two do not give the same tokens; empty if there is none. */
  Optional<String> difference(Tokenizer.Encoder fast, Tokenizer reference) {
    for (Reservoir reservoir : List.of(all, notAscii)) {
      for (String text : reservoir.texts) {
        Tokenizer.TokenizedText tokens = reference.encodeWithLengths(text);
        Tokenizer.TokenizedText other = fast.encode(text);
        if (!Arrays.equals(tokens.ids(), other.ids())
            || !Arrays.equals(tokens.byteLengths(), other.byteLengths())) {
          return Optional.of(text);
        }
      }
    }
    return Optional.empty();
  }
}
