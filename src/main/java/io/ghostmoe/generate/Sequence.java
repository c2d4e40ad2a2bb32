package io.ghostmoe.generate;

import io.ghostmoe.model.KeyValueCache;
import java.util.Arrays;

/** A prompt and what has been generated after it. */
final class Sequence {
  private final int prompt;
  private final int maxTokens;
  private final Sampler sampler;
  private int[] ids;
  private int length;

  /** How many of the last tokens the model has not read. */
  private int unread;

  private int generated;

  Sequence(int prompt, int[] tokens, int endOfText, int maxTokens, Sampler sampler) {
    this.prompt = prompt;
    this.maxTokens = maxTokens;
    this.sampler = sampler;
    length = tokens.length + 1;
    unread = length;
    ids = new int[length + 16];
    ids[0] = endOfText;
    System.arraycopy(tokens, 0, ids, 1, tokens.length);
  }

  /**
   * What the model is to read next: the tokens that it has not read, or half a window where they do
   * not fit into its place of the cache, which is then cleared.
   */
  int[] unread(KeyValueCache cache, int place) {
    if (cache.length(place) + unread > cache.capacity()) {
      cache.clear(place);
      unread = Math.min(length, Math.max(1, cache.capacity() / 2));
    }
    return Arrays.copyOfRange(ids, length - unread, length);
  }

  /**
   * Draws the next token and hands it out.
   *
   * @param logits [V] of the next token
   * @return whether the sequence goes on
   */
  boolean grow(float[] logits, int endOfText, Generator.Receiver receiver) {
    int token = sampler.next(logits);
    if (token == endOfText) {
      receiver.end(prompt, generated);
      return false;
    }
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, 2 * length);
    }
    ids[length++] = token;
    unread = 1;
    generated++;
    if (!receiver.token(prompt, token) || generated == maxTokens) {
      receiver.end(prompt, generated);
      return false;
    }
    return true;
  }
}
