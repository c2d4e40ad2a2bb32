package io.ghostmoe.generate;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import java.util.Arrays;

/** Draws tokens from logits; the n-th draw is a function of seed, n and logits alone. */
final class Sampler {
  private final Sampling sampling;
  private final long key;
  private long draws;

  Sampler(Sampling sampling) {
    this.sampling = sampling;
    key = CounterRandom.key(sampling.seed(), "sample");
  }

  /**
   * The next token for these logits [V].
   *
   * @throws UserException where a logit is NaN or infinite upwards
   */
  int next(float[] logits) {
    requireNumbers(logits);
    if (sampling.temperature() == 0) {
      return likeliest(logits);
    }
    int[] candidates = candidates(logits);
    double[] probabilities = softmax(logits, candidates);
    int kept = nucleus(probabilities);
    double total = 0;
    for (int i = 0; i < kept; i++) {
      total += probabilities[i];
    }
    double draw = (CounterRandom.bits(key, draws++) >>> 11) * 0x1p-53 * total;
    int token = candidates[0];
    for (int i = 0; i < kept && draw >= 0; i++) {
      draw -= probabilities[i];
      // rounding may leave a trace of the draw at the end: never take what cannot come
      token = probabilities[i] > 0 ? candidates[i] : token;
    }
    return token;
  }

  private static void requireNumbers(float[] logits) {
    for (int i = 0; i < logits.length; i++) {
      if (!(logits[i] < Float.POSITIVE_INFINITY)) {
        throw UserException.environment(
            "the model's logit of token %d is %s: its weights are spoilt. Pass an earlier --checkpoint, or train again with a lower --learning-rate."
                .formatted(i, logits[i]));
      }
    }
  }

  /** The index of the largest logit; among equals the lowest. */
  private static int likeliest(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /**
   * Token ids by falling logit, no more than top-k of them; in their own order to draw from all.
   */
  private int[] candidates(float[] logits) {
    if (sampling.topK() == 0 && sampling.topP() == 1) {
      int[] all = new int[logits.length];
      Arrays.setAll(all, i -> i);
      return all;
    }
    // descending logit, then ascending id, in one number: no boxing of a whole vocabulary
    long[] order = new long[logits.length];
    for (int i = 0; i < logits.length; i++) {
      order[i] = ((long) ~sortable(logits[i]) << 32) | i;
    }
    Arrays.sort(order);
    int count = sampling.topK() == 0 ? logits.length : Math.min(sampling.topK(), logits.length);
    int[] candidates = new int[count];
    for (int i = 0; i < count; i++) {
      candidates[i] = (int) order[i];
    }
    return candidates;
  }

  /** The bits of a float as an integer of the same order. */
  private static int sortable(float value) {
    int bits = Float.floatToIntBits(value + 0f); // −0 + 0 is 0: the two are equal
    return bits ^ ((bits >> 31) & 0x7FFFFFFF);
  }

  private double[] softmax(float[] logits, int[] candidates) {
    double[] probabilities = new double[candidates.length];
    float max = Float.NEGATIVE_INFINITY;
    for (int candidate : candidates) {
      max = Math.max(max, logits[candidate]);
    }
    double sum = 0;
    for (int i = 0; i < candidates.length; i++) {
      probabilities[i] = Math.exp(((double) logits[candidates[i]] - max) / sampling.temperature());
      sum += probabilities[i];
    }
    for (int i = 0; i < candidates.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  /** How many of the likeliest tokens reach top-p together. Source: Holtzman et al. 2020. */
  private int nucleus(double[] probabilities) {
    if (sampling.topP() == 1) {
      return probabilities.length;
    }
    double sum = 0;
    for (int i = 0; i < probabilities.length; i++) {
      sum += probabilities[i];
      if (sum >= sampling.topP()) {
        return i + 1;
      }
    }
    return probabilities.length;
  }
}
