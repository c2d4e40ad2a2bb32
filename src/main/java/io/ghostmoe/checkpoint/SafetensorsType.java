package io.ghostmoe.checkpoint;

/** The element types that our files hold; both are four little-endian bytes. */
public enum SafetensorsType {
  /** IEEE 754 single precision. */
  F32,
  /** Two's complement 32-bit integer. */
  I32;

  /** Size of one element in bytes. */
  public int bytes() {
    return Integer.BYTES;
  }
}
