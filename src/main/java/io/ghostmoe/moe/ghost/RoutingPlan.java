package io.ghostmoe.moe.ghost;

import java.util.Arrays;
import java.util.List;

/**
 * What the ghosts' activations mean to a layer's router in one step, for its A awake experts.
 *
 * @param families [A]: experts with the same number share at most one slot of a token
 * @param activations [A]: 1 for a primary
 * @param targets [A]: the share of the slots that each expert should have; they sum to 1
 * @param ramping [A]: whether the selection bias follows the margin's quantile
 */
public record RoutingPlan(int[] families, float[] activations, float[] targets, boolean[] ramping) {
  /** Activation from which on a clone and its parent may serve the same token. */
  private static final double APART = 0.5;

  /**
   * {@return the plan of a layer without ghosts that are awake}
   *
   * @param primaries E, the layer's primary experts
   */
  public static RoutingPlan of(int primaries) {
    return of(primaries, primaries, List.of());
  }

  /**
   * {@return the plan of a layer}
   *
   * <p>Targets are {@code w_e/Σw} with w = 1 for a primary and the activation for a ghost. None
   * exceeds 1/K, the most that one expert can have, since {@code Σw ≥ E ≥ K}.
   *
   * @param primaries E, the layer's primary experts
   * @param topK K, experts a token, at most E
   * @param awake the ghosts that are awake, in order
   */
  public static RoutingPlan of(int primaries, int topK, List<Ghost> awake) {
    int experts = primaries + awake.size();
    int[] families = new int[experts];
    float[] activations = new float[experts];
    float[] targets = new float[experts];
    boolean[] ramping = new boolean[experts];
    double total = primaries + awake.stream().mapToDouble(Ghost::activation).sum();
    for (int e = 0; e < experts; e++) {
      double activation = e < primaries ? 1 : awake.get(e - primaries).activation();
      families[e] = e;
      activations[e] = (float) activation;
      targets[e] = (float) (activation / total);
      ramping[e] = activation < 1;
    }
    for (int parent = 0; parent < primaries; parent++) {
      joinFamily(parent, primaries, topK, total, awake, families);
    }
    return new RoutingPlan(families, activations, targets, ramping);
  }

  /**
   * Young clones compete with their parent, unless the one slot that all of them would share is
   * less than their targets together.
   */
  private static void joinFamily(
      int parent, int primaries, int topK, double total, List<Ghost> awake, int[] families) {
    double clones = 0;
    for (Ghost ghost : awake) {
      clones += isYoungCloneOf(parent, ghost) ? ghost.activation() : 0;
    }
    if (topK * (1 + clones) > total) {
      return;
    }
    for (int i = 0; i < awake.size(); i++) {
      if (isYoungCloneOf(parent, awake.get(i))) {
        families[primaries + i] = parent;
      }
    }
  }

  private static boolean isYoungCloneOf(int parent, Ghost ghost) {
    return ghost.parent() == parent && ghost.activation() < APART;
  }

  /** {@return A, the number of experts that are awake} */
  public int experts() {
    return families.length;
  }

  /** {@return whether a bias is to follow a quantile at all} */
  public boolean anyRamping() {
    for (boolean ramps : ramping) {
      if (ramps) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RoutingPlan that
        && Arrays.equals(families, that.families)
        && Arrays.equals(activations, that.activations)
        && Arrays.equals(targets, that.targets)
        && Arrays.equals(ramping, that.ramping);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(families) ^ Arrays.hashCode(activations);
  }
}
