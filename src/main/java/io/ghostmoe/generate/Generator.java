package io.ghostmoe.generate;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.base.UserException;
import io.ghostmoe.model.KeyValueCache;
import io.ghostmoe.model.NewTokens;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Continues sequences token by token, several side by side: a token reads all weights that it
 * meets, and those of many tokens read them once. What was computed for a position is cached; when
 * the model's window is full, its later half becomes a new window, since positions count from a
 * window's start in training as well.
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
   * A generator of one sequence at a time.
   *
   * @param model that continues the sequences
   * @param backend that holds the model's weights
   * @param endOfText id of the token that begins and ends a document
   */
  public Generator(Transformer model, Backend backend, int endOfText) {
    this(model, backend, endOfText, 1);
  }

  /**
   * A generator for a model that stays the caller's, as the backend does.
   *
   * @param model that continues the sequences
   * @param backend that holds the model's weights; what the generator takes of its memory is given
   *     back by {@link #close}
   * @param endOfText id of the token that begins and ends a document
   * @param sequences that go side by side at most; each has a cache of the model's window
   */
  public Generator(Transformer model, Backend backend, int endOfText, int sequences) {
    this.model = model;
    this.backend = backend;
    this.endOfText = endOfText;
    arena = new Arena(backend);
    cache = new KeyValueCache(backend, model.config(), sequences);
  }

  /** What is told of the sequences as they grow. */
  public interface Receiver {
    /**
     * A sequence has a new token.
     *
     * @param prompt which prompt's, from 0
     * @param token never end-of-text
     * @return false where the sequence has enough
     */
    boolean token(int prompt, int token);

    /**
     * A sequence gets no more tokens.
     *
     * @param prompt which prompt's, from 0
     * @param tokens that it was given
     */
    default void end(int prompt, int tokens) {}
  }

  /**
   * Continues one sequence, as {@link #generate(List, int, Sampling, Receiver)} does.
   *
   * @param prompt token ids
   * @param maxTokens 0 or more
   * @param sampling how each token is drawn; the same prompt and seed give the same tokens
   * @param receiver is handed each token as it comes; false ends the generation
   * @return the number of tokens handed out
   */
  public int generate(int[] prompt, int maxTokens, Sampling sampling, IntPredicate receiver) {
    int[] count = {0};
    generate(
        List.of(prompt),
        maxTokens,
        sampling,
        new Receiver() {
          @Override
          public boolean token(int which, int token) {
            return receiver.test(token);
          }

          @Override
          public void end(int which, int tokens) {
            count[0] = tokens;
          }
        });
    return count[0];
  }

  /**
   * Continues each sequence until end-of-text, until {@code maxTokens}, or until the receiver has
   * enough of it. As soon as one ends, the next prompt takes its place (Yu et al. 2022, Orca,
   * iteration-level scheduling).
   *
   * @param prompts token ids; an end-of-text is put before each, as every document begins with one.
   *     Of a prompt that is longer than the window only the last half window is read
   * @param maxTokens 0 or more
   * @param sampling how each token is drawn, in every sequence from the seed on: a prompt's tokens
   *     are those that it gets alone, but for what rounding decides between near-equal logits
   * @param receiver is told of each token as it comes
   * @throws UserException where {@code maxTokens} is negative, or the model's logits are no numbers
   */
  public void generate(List<int[]> prompts, int maxTokens, Sampling sampling, Receiver receiver) {
    if (maxTokens < 0) {
      throw UserException.input("--max-tokens %d: must be 0 or more.".formatted(maxTokens));
    }
    @Nullable Sequence[] places = new Sequence[cache.sequences()];
    int vocabulary = model.config().vocabulary();
    float[] logits = new float[Math.min(places.length, prompts.size()) * vocabulary];
    float[] row = new float[vocabulary];
    int started = 0;
    while (true) {
      started = fill(places, prompts, started, maxTokens, sampling, receiver);
      List<NewTokens> fresh = new ArrayList<>();
      for (int place = 0; place < places.length; place++) {
        Sequence sequence = places[place];
        if (sequence != null) {
          fresh.add(new NewTokens(place, sequence.unread(cache, place)));
        }
      }
      if (fresh.isEmpty()) {
        return;
      }
      if (logits.length != fresh.size() * vocabulary) {
        logits = new float[fresh.size() * vocabulary];
      }
      next(fresh, logits);
      for (int i = 0; i < fresh.size(); i++) {
        int place = fresh.get(i).sequence();
        Sequence sequence = places[place];
        System.arraycopy(logits, i * vocabulary, row, 0, vocabulary);
        if (sequence != null && !sequence.grow(row, endOfText, receiver)) {
          places[place] = null;
        }
      }
    }
  }

  /**
   * Lets prompts into free places. No more of them at once than a window holds, but for one: to
   * read many takes the memory of a training step.
   */
  private int fill(
      @Nullable Sequence[] places,
      List<int[]> prompts,
      int started,
      int maxTokens,
      Sampling sampling,
      Receiver receiver) {
    int next = started;
    int room = cache.capacity();
    for (int place = 0; place < places.length; place++) {
      while (places[place] == null && next < prompts.size()) {
        int[] prompt = prompts.get(next);
        if (maxTokens == 0) {
          receiver.end(next++, 0);
          continue;
        }
        if (room < cache.capacity() && room < prompt.length + 1) {
          return next;
        }
        room -= Math.min(cache.capacity(), prompt.length + 1);
        cache.clear(place);
        places[place] = new Sequence(next++, prompt, endOfText, maxTokens, new Sampler(sampling));
      }
    }
    return next;
  }

  private void next(List<NewTokens> fresh, float[] logits) {
    boolean common =
        fresh.size() == cache.sequences()
            && fresh.stream().allMatch(piece -> piece.ids().length == 1);
    if (common) {
      next(fresh, logits, arena);
      arena.reset();
      return;
    }
    // an arena keeps what it has by size: over prompts of all lengths that would pile up
    try (Arena once = new Arena(backend)) {
      next(fresh, logits, once);
    }
  }

  private void next(List<NewTokens> fresh, float[] logits, Arena memory) {
    backend.read(model.nextLogits(Tape.forwardOnly(backend, memory), fresh, cache), logits);
  }

  @Override
  public void close() {
    cache.close();
    arena.close();
  }
}
