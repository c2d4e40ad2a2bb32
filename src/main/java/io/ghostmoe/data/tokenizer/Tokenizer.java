package io.ghostmoe.data.tokenizer;

import java.util.Arrays;

/**
 * Turns text into token ids and back.
 *
 * <p>Ordinary text never becomes {@link #endOfText()}, whatever it spells. All methods are safe for
 * several threads. A tokenizer loads its tables when they are first needed: name, fingerprint,
 * vocabulary size and end-of-text cost nothing for the built-in ones.
 */
public interface Tokenizer extends AutoCloseable {
  /** {@return a short name for people and for file names, such as {@code gpt2}} */
  String name();

  /** {@return a text that changes whenever the same text could give other ids} */
  String fingerprint();

  /** {@return the number of ids, V: the model's embedding has as many rows} */
  int vocabularySize();

  /** {@return the id that ends every document} */
  int endOfText();

  /**
   * {@return the ids of a text, without any special token}
   *
   * @param text of any length; an empty one has no ids
   * @throws io.ghostmoe.base.UserException if it holds half a character (a lone surrogate), or a
   *     {@code tokenizer.json} makes end-of-text of it
   */
  default int[] encode(String text) {
    return encodeWithLengths(text).ids();
  }

  /**
   * {@return the ids of a text with the UTF-8 bytes that each stands for; the lengths add up to the
   * text's}
   *
   * @param text of any length; an empty one has no ids
   * @throws io.ghostmoe.base.UserException if it holds half a character (a lone surrogate), or a
   *     {@code tokenizer.json} makes end-of-text of it
   */
  TokenizedText encodeWithLengths(String text);

  /**
   * {@return the text of ids; end-of-text stands for nothing, and bytes that are no UTF-8 become
   * U+FFFD}
   *
   * @param ids in [0, {@link #vocabularySize()})
   * @throws IllegalArgumentException if an id is outside the vocabulary
   */
  String decode(int[] ids);

  /** {@return true if an id stands for the same bytes wherever it stands, see {@link #bytes}} */
  boolean hasByteTable();

  /**
   * {@return the UTF-8 bytes that an id stands for, possibly a part of a character; none for
   * end-of-text}
   *
   * @param id in [0, {@link #vocabularySize()})
   * @throws UnsupportedOperationException if {@link #hasByteTable()} is false
   * @throws IllegalArgumentException if the id is outside the vocabulary
   */
  byte[] bytes(int id);

  /** {@return whether {@link #fastEncoder} is faster than {@link #encodeWithLengths}} */
  default boolean hasFastEncoder() {
    return false;
  }

  /**
   * {@return the fastest way to the same ids, for one thread} Whoever uses it compares it with
   * {@link #encodeWithLengths}, which is the reference, on a sample of the texts.
   */
  default Encoder fastEncoder() {
    return this::encodeWithLengths;
  }

  /** Turns text into token ids. */
  interface Encoder {
    /**
     * {@return the ids of a text, as {@link Tokenizer#encodeWithLengths} gives them}
     *
     * @param text of any length; an empty one has no ids
     * @throws io.ghostmoe.base.UserException as that does
     */
    TokenizedText encode(String text);
  }

  /** Frees native memory; a closed tokenizer neither encodes nor decodes. */
  @Override
  void close();

  /**
   * Token ids, and how many bytes each stands for.
   *
   * @param ids token ids
   * @param byteLengths UTF-8 bytes of each, as long as {@code ids}
   */
  record TokenizedText(int[] ids, int[] byteLengths) {
    /** Checks that the two belong together. */
    public TokenizedText {
      if (ids.length != byteLengths.length) {
        throw new IllegalArgumentException(
            ids.length + " ids, " + byteLengths.length + " lengths: " + Arrays.toString(ids));
      }
    }

    /**
     * {@return the index of the token that holds a byte of the text, which may begin before it; the
     * number of tokens where the text ends before that byte}
     *
     * @param index of the byte in the text's UTF-8, from 0
     */
    public int tokenOfByte(long index) {
      long bytes = 0;
      for (int i = 0; i < ids.length; i++) {
        bytes += byteLengths[i];
        if (bytes > index) {
          return i;
        }
      }
      return ids.length;
    }
  }
}
