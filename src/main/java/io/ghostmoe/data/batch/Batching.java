package io.ghostmoe.data.batch;

/** How documents become windows. */
public enum Batching {
  /** One stream {@code eot d1 eot d2 … eot} cut into windows; nothing is truncated. */
  PACKED,
  /** One document a row, {@code eot tokens eot}, cut to the window and padded. */
  PADDED
}
