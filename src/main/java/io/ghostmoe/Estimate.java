package io.ghostmoe;

import java.util.Optional;

/**
 * What a run would take.
 *
 * @param parameters of the model as it begins, ghosts that sleep not counted
 * @param activeParameters that a token meets
 * @param awakeParameters with every ghost awake
 * @param memory that it needs at most
 * @param length of it
 * @param time that it takes; empty where nothing was measured
 */
public record Estimate(
    long parameters,
    long activeParameters,
    long awakeParameters,
    Memory memory,
    Length length,
    Optional<Time> time) {

  /**
   * Bytes by part, with all ghosts awake that may wake; the JVM itself is not counted.
   *
   * @param weights in float32, with the routers' state
   * @param gradients of the same size
   * @param moments of the optimizer, two of them
   * @param activations of one micro-batch, with their gradients
   * @param workspace of the operations
   * @param available that Java may use
   * @param machine that the machine, or the container, has
   * @param largestBatchSize with which the run would still fit; 0 where none does
   */
  public record Memory(
      long weights,
      long gradients,
      long moments,
      long activations,
      long workspace,
      long available,
      long machine,
      int largestBatchSize) {
    /** {@return bytes of all parts together} */
    public long total() {
      return weights + gradients + moments + activations + workspace;
    }

    /** {@return whether the run could begin: Java may use as much as all parts need} */
    public boolean fits() {
      return total() <= available;
    }
  }

  /**
   * How far the run goes. What only the data tell is empty as long as they are not prepared.
   *
   * @param steps of the optimizer; empty where neither the data nor {@code max_steps} tell
   * @param batchesPerEpoch micro-batches in one pass over the data
   * @param epochs passes over the data
   * @param tokens real input tokens of all steps, about
   * @param tokensPerStep places in the windows of one step, padding included
   */
  public record Length(
      Optional<Long> steps,
      Optional<Long> batchesPerEpoch,
      Optional<Double> epochs,
      Optional<Long> tokens,
      long tokensPerStep) {
    /** {@return whether the data are prepared, so that their real size is known} */
    public boolean prepared() {
      return batchesPerEpoch.isPresent();
    }
  }

  /**
   * Time as this machine took it just now, with the ghosts asleep and without starting up.
   *
   * @param stepSeconds of one optimizer step
   * @param trainSeconds of all steps; empty where their number is not known
   * @param evaluations in the run
   * @param evaluationSeconds of one of them; empty where the data are not prepared
   * @param measurement what it is based on
   */
  public record Time(
      double stepSeconds,
      Optional<Double> trainSeconds,
      long evaluations,
      Optional<Double> evaluationSeconds,
      Measurement measurement) {
    /**
     * {@return seconds of training and evaluations together, the latter as far as they are known;
     * empty where the number of steps is not}
     */
    public Optional<Double> totalSeconds() {
      return trainSeconds.map(seconds -> seconds + evaluations * evaluationSeconds.orElse(0.0));
    }
  }

  /**
   * What was measured.
   *
   * @param device that computed
   * @param steps whose median was taken
   * @param rows of their micro-batches; fewer than the run's where those would take too long, and
   *     then the time of the run's is extrapolated
   * @param ownData whether they were batches of the run's data, not of random tokens
   */
  public record Measurement(String device, int steps, int rows, boolean ownData) {}
}
