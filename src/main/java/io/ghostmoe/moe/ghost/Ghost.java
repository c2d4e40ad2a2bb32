package io.ghostmoe.moe.ghost;

/**
 * One ghost expert of a layer.
 *
 * @param activation how far awake it is: 0 dormant, 1 an expert like any other
 * @param wakeStep optimizer step of its first forward pass, from 0; {@link #NEVER} while dormant,
 *     {@link #INHERITED} where it came with the weights that the run began with
 * @param parent the primary expert that it was cloned from; {@link #NONE} where there is none
 */
public record Ghost(double activation, long wakeStep, int parent) {
  /** The wake step of a dormant ghost. */
  public static final long NEVER = -1;

  /** The wake step of a ghost that woke in another run, whose weights this one began with. */
  public static final long INHERITED = -2;

  /** The parent of a ghost that is no clone. */
  public static final int NONE = -1;

  /** Asleep. */
  public static final Ghost DORMANT = new Ghost(0, NEVER, NONE);

  /** Refuses an activation outside of [0, 1], and one that does not fit the wake step. */
  public Ghost {
    boolean asleep = activation == 0 && wakeStep == NEVER && parent == NONE;
    boolean woken = wakeStep >= 0 || wakeStep == INHERITED;
    boolean awake = activation > 0 && activation <= 1 && woken && parent >= NONE;
    if (!asleep && !awake) {
      throw new IllegalArgumentException(
          "ghost: activation %s, woken at step %d, parent %d"
              .formatted(activation, wakeStep, parent));
    }
  }

  /** {@return the word for its activation} */
  public GhostState state() {
    if (activation == 0) {
      return GhostState.DORMANT;
    }
    return activation < 1 ? GhostState.AWAKENING : GhostState.ACTIVE;
  }

  /** {@return whether it has weights} */
  public boolean isAwake() {
    return activation > 0;
  }

  /** Whether its share of the load is still rising. */
  boolean isRamping() {
    return activation > 0 && activation < 1;
  }

  /** {@return whether it was cloned from a primary} */
  public boolean isClone() {
    return parent != NONE;
  }

  /**
   * {@return whether it woke in another run: an expert like any other, except that it may still
   * rise}
   */
  public boolean isInherited() {
    return wakeStep == INHERITED;
  }

  /** The same ghost for a run that begins with its weights. */
  Ghost inherited() {
    return new Ghost(activation, INHERITED, parent);
  }

  Ghost withActivation(double risen) {
    return new Ghost(risen, wakeStep, parent);
  }
}
