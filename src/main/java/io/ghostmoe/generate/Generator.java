package io.ghostmoe.generate;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.model.KeyValueCache;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Continues a sequence token by token. What was computed for a position is cached; when the model's
 * window is full, its later half becomes a new window, since positions count from a window's start
 * in training as well.
 *
 * <p>Not safe for several threads at once.
 */
public final class Generator implements AutoCloseable {
  private final Transformer model;
  private final Backend backend;
  private final Arena arena;
  private final KeyValueCache cache;
  private final int endOfText;

  /** A generator for a model that stays the caller's. */
  public Generator(Transformer model, Backend backend, int endOfText) {
    this.model = model;
    this.backend = backend;
    this.endOfText = endOfText;
    arena = new Arena(backend);
    cache = new KeyValueCache(backend, model.config());
  }

  /**
   * Generates until end-of-text, until {@code maxTokens}, or until the receiver has enough.
   *
   * @param prompt token ids; an end-of-text is put before them, as every document begins with one
   * @param receiver is handed each token as it comes; false ends the generation
   * @return the number of tokens handed out
   */
  public int generate(int[] prompt, int maxTokens, Sampling sampling, IntPredicate receiver) {
    Sampler sampler = new Sampler(sampling);
    float[] logits = new float[model.config().vocabulary()];
    int[] sequence = new int[prompt.length + 1 + maxTokens];
    sequence[0] = endOfText;
    System.arraycopy(prompt, 0, sequence, 1, prompt.length);
    int length = prompt.length + 1;
    int unseen = length;
    cache.clear();
    for (int generated = 0; generated < maxTokens; generated++) {
      unseen = makeRoom(length, unseen);
      next(Arrays.copyOfRange(sequence, length - unseen, length), logits);
      int token = sampler.next(logits);
      if (token == endOfText) {
        return generated;
      }
      sequence[length++] = token;
      unseen = 1;
      if (!receiver.test(token)) {
        return generated + 1;
      }
    }
    return maxTokens;
  }

  /** How many of the last tokens to feed: those not seen, or half a window where it is full. */
  private int makeRoom(int length, int unseen) {
    if (cache.length() + unseen <= cache.capacity()) {
      return unseen;
    }
    cache.clear();
    return Math.min(length, Math.max(1, cache.capacity() / 2));
  }

  private void next(int[] tokens, float[] logits) {
    Tensor row = model.nextLogits(Tape.forwardOnly(backend, arena), tokens, cache);
    backend.read(row, logits);
    arena.reset();
  }

  @Override
  public void close() {
    cache.close();
    arena.close();
  }
}
