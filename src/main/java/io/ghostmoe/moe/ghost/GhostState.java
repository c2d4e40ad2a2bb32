package io.ghostmoe.moe.ghost;

/** How far a ghost expert has come; it never goes back. */
public enum GhostState {
  /** A name: no weights, no gradients, no moments, no rows, no router row. */
  DORMANT,
  /** An expert whose share of the load is still rising. */
  AWAKENING,
  /** An expert like any other, but for its learning rate. */
  ACTIVE
}
