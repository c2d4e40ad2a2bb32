package io.ghostmoe.generate;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.base.UserException;
import io.ghostmoe.model.KeyValueCache;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
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

  /**
   * A generator for a model that stays the caller's, as the backend does.
   *
   * @param model that continues the sequences
   * @param backend that holds the model's weights; what the generator takes of its memory is given
   *     back by {@link #close}
   * @param endOfText id of the token that begins and ends a document
   */
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
   * @param prompt token ids; an end-of-text is put before them, as every document begins with one.
   *     Of a prompt that is longer than the window only the last half window is read
   * @param maxTokens 0 or more
   * @param sampling how each token is drawn; the same prompt and seed give the same tokens at every
   *     call
   * @param receiver is handed each token as it comes; false ends the generation
   * @return the number of tokens handed out
   * @throws UserException where {@code maxTokens} is negative, or the model's logits are no numbers
   */
  public int generate(int[] prompt, int maxTokens, Sampling sampling, IntPredicate receiver) {
    if (maxTokens < 0) {
      throw UserException.input("--max-tokens %d: must be 0 or more.".formatted(maxTokens));
    }
    Sampler sampler = new Sampler(sampling);
    float[] logits = new float[model.config().vocabulary()];
    int[] sequence = new int[prompt.length + 1 + Math.min(maxTokens, cache.capacity())];
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
      if (length == sequence.length) {
        sequence = Arrays.copyOf(sequence, 2 * length);
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
    if (tokens.length == 1) {
      next(tokens, logits, arena);
      arena.reset();
      return;
    }
    // an arena keeps what it has by size: over prompts of all lengths that would pile up
    try (Arena once = new Arena(backend)) {
      next(tokens, logits, once);
    }
  }

  private void next(int[] tokens, float[] logits, Arena memory) {
    backend.read(model.nextLogits(Tape.forwardOnly(backend, memory), tokens, cache), logits);
  }

  @Override
  public void close() {
    cache.close();
    arena.close();
  }
}
