package io.ghostmoe.moe.ghost;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a layer did in one optimizer step, summed over its micro-batches.
 *
 * @param counts [A]: slots that each expert served
 * @param gradientNorms [A]: norm of each expert's gradients, before clipping
 * @param utilities [A]: Σ gate·‖output‖ over the slots of each expert
 * @param orthogonality as {@link Orthogonality} says; 0 where it was not measured
 */
public record LayerStatistics(
    int[] counts, float[] gradientNorms, float[] utilities, double orthogonality) {
  /** Refuses measures of different experts. */
  public LayerStatistics {
    if (gradientNorms.length != counts.length || utilities.length != counts.length) {
      throw new IllegalArgumentException(
          "counts of %d experts, gradient norms of %d, utilities of %d"
              .formatted(counts.length, gradientNorms.length, utilities.length));
    }
  }

  /** {@return each expert's share of the slots, {@code [A]}; 0 where there was none} */
  public List<Double> load() {
    double total = Math.max(1, IntStream.of(counts).asLongStream().sum());
    return IntStream.of(counts).mapToObj(count -> count / total).toList();
  }

  /** The same in single precision. */
  float[] shares() {
    List<Double> load = load();
    float[] shares = new float[counts.length];
    for (int e = 0; e < counts.length; e++) {
      shares[e] = load.get(e).floatValue();
    }
    return shares;
  }

  /** The norm of each expert's gradients a row that it served; 0 without rows. */
  float[] sensitivities() {
    float[] sensitivities = new float[counts.length];
    for (int e = 0; e < counts.length; e++) {
      sensitivities[e] = counts[e] == 0 ? 0 : gradientNorms[e] / counts[e];
    }
    return sensitivities;
  }
}
