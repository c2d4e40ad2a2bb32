package io.ghostmoe.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came out of a run; {@code summary.json}.
 *
 * @param folder of the run, which holds its checkpoints
 * @param parameters of the model, dormant ghosts not counted
 * @param activeParameters that a token meets: everything but the experts, and k experts a layer
 * @param awakeParameters of everything and all awake experts
 * @param device what it computed on
 * @param dataset as it was named
 * @param cacheHit whether the tokens were there already
 * @param interrupted whether it was stopped before its last step
 * @param steps optimizer steps done
 * @param tokens real input tokens of training
 * @param firstLoss of the first step
 * @param lastLoss of the last step
 * @param finalLoss mean of the last min(10, steps) steps
 * @param finalEvalLoss of the evaluation at the end
 * @param finalEvalBitsPerByte of the evaluation at the end
 * @param seconds by phase: start, data, model, train, eval
 * @param tokensPerSecond over all training steps
 * @param peakRssBytes the process's high-water mark of memory
 */
public record RunSummary(
    RunFolder folder,
    long parameters,
    long activeParameters,
    long awakeParameters,
    String device,
    String dataset,
    boolean cacheHit,
    boolean interrupted,
    long steps,
    long tokens,
    double firstLoss,
    double lastLoss,
    double finalLoss,
    double finalEvalLoss,
    double finalEvalBitsPerByte,
    Map<String, Double> seconds,
    double tokensPerSecond,
    long peakRssBytes) {
  /** Copies the map, and keeps its order. */
  public RunSummary {
    seconds = Collections.unmodifiableMap(new LinkedHashMap<>(seconds));
  }

  /** {@return the run's name} */
  public String run() {
    return folder.name();
  }
}
