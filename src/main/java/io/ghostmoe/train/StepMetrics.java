package io.ghostmoe.train;

import java.util.List;

/**
 * What a training step did; a line of {@code metrics.jsonl}.
 *
 * @param step counted from 1
 * @param epoch passes over the training data so far, with fraction
 * @param tokens real input tokens so far
 * @param loss nats a scored target, without auxiliary losses
 * @param learningRate of the primaries and all else
 * @param ghostLearningRates {@code [layer][ghost]}
 * @param gradNorm before clipping
 * @param tokensPerSecond real input tokens, of this step
 * @param stepMs milliseconds from batch assembly through optimizer and ghost policy
 * @param ghostStates {@code [layer][ghost]}, upper-case words
 * @param ghostActivations {@code [layer][ghost]}, 0 … 1
 * @param saturation {@code [layer]}, 0 … 1
 * @param expertLoad {@code [layer][expert]}, each expert's share of the slots
 */
public record StepMetrics(
    long step,
    double epoch,
    long tokens,
    double loss,
    double learningRate,
    List<List<Double>> ghostLearningRates,
    double gradNorm,
    double tokensPerSecond,
    double stepMs,
    List<List<String>> ghostStates,
    List<List<Double>> ghostActivations,
    List<Double> saturation,
    List<List<Double>> expertLoad) {
  /** Copies the lists. */
  public StepMetrics {
    ghostLearningRates = copy(ghostLearningRates);
    ghostStates = copy(ghostStates);
    ghostActivations = copy(ghostActivations);
    saturation = List.copyOf(saturation);
    expertLoad = copy(expertLoad);
  }

  private static <T> List<List<T>> copy(List<List<T>> layers) {
    return layers.stream().map(List::copyOf).toList();
  }
}
