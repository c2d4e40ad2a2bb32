package io.ghostmoe.tensor;

/** What an element of a tensor is. */
public enum DType {
  /** IEEE 754 single precision. */
  F32(4),
  /** Two's-complement 32-bit integer: token ids, offsets, counts. */
  I32(4),
  /** bfloat16, a storage type: every sum over it is taken in {@link #F32}. */
  BF16(2);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }
}
