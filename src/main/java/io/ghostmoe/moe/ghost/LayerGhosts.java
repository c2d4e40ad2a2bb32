package io.ghostmoe.moe.ghost;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The ghosts of a layer and the trigger's memory. Ghosts wake in the order of their index, so the
 * awake ones are a prefix.
 *
 * @param ghosts all G of them
 * @param saturatedSteps how many steps running the saturation has been at its threshold or above
 * @param armed whether saturation may wake the next ghost
 */
public record LayerGhosts(List<Ghost> ghosts, long saturatedSteps, boolean armed) {
  /** Refuses a dormant ghost before an awake one. */
  public LayerGhosts {
    ghosts = List.copyOf(ghosts);
    boolean dormant = false;
    for (Ghost ghost : ghosts) {
      if (dormant && ghost.isAwake()) {
        throw new IllegalArgumentException("a ghost is awake whose predecessor is not: " + ghosts);
      }
      dormant |= !ghost.isAwake();
    }
  }

  /**
   * {@return a layer at the start of a run: everything asleep}
   *
   * @param count G, the layer's ghosts; 0 or more
   */
  public static LayerGhosts dormant(int count) {
    return new LayerGhosts(Collections.nCopies(count, Ghost.DORMANT), 0, true);
  }

  /**
   * {@return a layer at the start of a run that begins with the weights of another}
   *
   * @param woken ghosts that have weights there, in order
   * @param count of all ghosts, at least as many
   */
  public static LayerGhosts inherited(List<Ghost> woken, int count) {
    List<Ghost> ghosts = new ArrayList<>(woken.stream().map(Ghost::inherited).toList());
    ghosts.addAll(Collections.nCopies(count - woken.size(), Ghost.DORMANT));
    return new LayerGhosts(ghosts, 0, true);
  }

  /** {@return the ghosts that have weights, in order} */
  public List<Ghost> awake() {
    return ghosts.stream().filter(Ghost::isAwake).toList();
  }

  /**
   * {@return the ghosts that have weights before a step: those that wake with it have none}
   *
   * @param step of this run, from 0
   */
  public List<Ghost> awakeBefore(long step) {
    return ghosts.stream().filter(ghost -> ghost.isAwake() && ghost.wakeStep() < step).toList();
  }

  /** The last step at which one of them woke; {@link Ghost#NEVER} where none did in this run. */
  long lastWake() {
    return ghosts.stream()
        .mapToLong(Ghost::wakeStep)
        .filter(step -> step >= 0)
        .max()
        .orElse(Ghost.NEVER);
  }
}
