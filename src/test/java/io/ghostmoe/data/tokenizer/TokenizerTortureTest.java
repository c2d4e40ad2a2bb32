package io.ghostmoe.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.RandomTexts;
import io.ghostmoe.data.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** GPT-2's fast path against the library that is the reference, on texts that break tokenizers. */
class TokenizerTortureTest {
  private static final Tokenizer GPT2 = Tokenizers.open("gpt2");
  private static final Tokenizer.Encoder FAST = GPT2.fastEncoder();

  @AfterAll
  static void close() {
    GPT2.close();
  }

  static boolean agrees(String text) {
    Tokenizer.TokenizedText fast = FAST.encode(text);
    Tokenizer.TokenizedText reference = GPT2.encodeWithLengths(text);
    return Arrays.equals(fast.ids(), reference.ids())
        && Arrays.equals(fast.byteLengths(), reference.byteLengths());
  }

  private static void assertAgrees(String what, String text) {
    assertThat(agrees(text)).as(what).isTrue();
  }

  /** Before and after letters, digits, marks, spaces and itself: all that its kind decides. */
  static String inContext(int codePoint) {
    String c = Character.toString(codePoint);
    return "a" + c + "b1" + c + "2 " + c + c + "  " + c + "!'" + c + "\n";
  }

  /** All of scripts and signs, and some of what fills whole planes with one kind. */
  @Test
  void codePointsOfEveryBlockAreTakenForTheSameKind() {
    assertThat(differing(c -> c % 32 == 0 || !isOneOfMany(c))).isEmpty();
  }

  private static boolean isOneOfMany(int codePoint) {
    int type = Character.getType(codePoint);
    return Character.isIdeographic(codePoint)
        || type == Character.UNASSIGNED
        || type == Character.PRIVATE_USE
        || Character.UnicodeBlock.HANGUL_SYLLABLES.equals(Character.UnicodeBlock.of(codePoint))
        || codePoint > 0x11FFF;
  }

  /** The code points that the two take for different kinds. */
  static List<String> differing(IntPredicate tried) {
    List<String> differing = new ArrayList<>();
    for (int from = 0; from < 0x110000; from += 256) {
      int[] block =
          IntStream.range(from, from + 256)
              .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
              .filter(tried)
              .toArray();
      StringBuilder text = new StringBuilder();
      for (int c : block) {
        text.append(inContext(c));
      }
      if (!agrees(text.toString())) {
        for (int c : block) {
          if (!agrees(inContext(c))) {
            differing.add("U+%04X".formatted(c));
          }
        }
      }
    }
    return differing;
  }

  @Test
  void randomMixturesOfAllKindsAgree() {
    String[] pieces = {
      "a",
      "Don't",
      "'ll",
      "'LL",
      "'re",
      "'v",
      "' s",
      " ",
      "  ",
      "   ",
      "\t",
      "\n",
      "\r\n",
      "\r",
      "\u000B",
      "\u0000",
      "\u0085",
      "\u00A0",
      "\u2003",
      "\u2028",
      "\u3000",
      "\u200B",
      "\uFEFF",
      "\uFFFD",
      "\uFFFF",
      "1",
      "２",
      "Ⅷ",
      "½",
      "é",
      "e\u0301",
      "\u0301",
      "\u0300\u0323\u0489",
      "ß",
      "Ω",
      "日本語",
      "한국",
      "ไทย",
      "नमस्ते",
      "العربية",
      "\u202E",
      "𝔘",
      "𐍈",
      "👍🏽",
      "👩‍👩‍👧‍👦",
      "🏳️‍🌈",
      "🇩🇪",
      "1️⃣",
      "<|endoftext|>",
      "<|endof",
      "text|>",
      "!?",
      "...",
      "```",
      "$\\frac{1}{2}$",
      "http://a.b/c?d=e",
      "_",
      "\u00AD",
      "\u001C",
      "\u007F"
    };
    for (long seed = 0; seed < 4_000; seed++) {
      long key = CounterRandom.key(seed, "torture");
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 40; i++) {
        text.append(pieces[CounterRandom.below(key, i, pieces.length)]);
      }
      assertAgrees("seed " + seed, text.toString());
      assertAgrees("seed " + seed, RandomTexts.text(seed, 200));
    }
  }

  @Test
  void wordsOfAMegabyteAgree() {
    int length = 1 << 20;
    StringBuilder letters = new StringBuilder(length);
    StringBuilder marks = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      int draw = CounterRandom.below(7, i, 26);
      letters.append((char) ('a' + draw * draw / 26));
      marks.append("!#$%&()*+,-./:;<=>?@[]^_`{|}".charAt(CounterRandom.below(8, i, 28)));
    }
    assertAgrees("random letters", letters.toString());
    assertAgrees("random marks", marks.toString());
    for (String one : List.of("a", " ", "9", "=", "é", "👍", "the")) {
      assertAgrees(one + " again and again", one.repeat(length / 4 / one.length()));
    }
    assertAgrees("between short ones", "a " + letters.substring(0, 5_000) + " b\r\n");
  }

  /** On both sides of the length from which words are merged with a heap. */
  @Test
  void bothWaysOfMergingAgree() {
    Gpt2Merges merges = new Gpt2Merges(Gpt2Vocabulary.load());
    for (int seed = 0; seed < 2_000; seed++) {
      byte[] word = new byte[1 + seed % 300];
      int[] parts = new int[word.length];
      for (int i = 0; i < word.length; i++) {
        int kind = seed % 3 == 0 ? 256 : seed % 3 == 1 ? 26 : 3;
        word[i] = (byte) ((kind == 256 ? 0 : 'a') + CounterRandom.below(seed, i, kind));
        parts[i] = merges.byteId(word[i]);
      }
      int count = merges.merge(parts, parts.length, 1);
      assertThat(new LongWord(merges, word).merge())
          .as("seed %d", seed)
          .isEqualTo(Arrays.copyOf(parts, count));
    }
  }

  @Test
  void halfACharacterIsRefusedByBoth() {
    for (String text : List.of("\uD83D", "a\uDC4D", "\uDC4D\uD83D", "👍\uD83D")) {
      assertThatThrownBy(() -> FAST.encode(text)).isInstanceOf(UserException.class);
      assertThatThrownBy(() -> GPT2.encodeWithLengths(text)).isInstanceOf(UserException.class);
    }
  }

  @Test
  void aLiteralEndOfTextIsOrdinaryTextToBoth() {
    String text = "a<|endoftext|>b";
    assertAgrees(text, text);
    assertThat(FAST.encode(text).ids()).doesNotContain(GPT2.endOfText());
    assertThat(FAST.encode("").ids()).isEmpty();
  }

  @Test
  void realTextsAgree() throws IOException {
    for (String name : List.of("tinyshakespeare/input.txt", "gsm8k/test.jsonl")) {
      assertAgrees(name, Files.readString(SharedData.file(name)));
    }
  }
}
