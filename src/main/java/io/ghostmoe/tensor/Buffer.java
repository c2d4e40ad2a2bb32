package io.ghostmoe.tensor;

/** Memory of one tensor, owned by the backend that made it and opaque to everyone else. */
public interface Buffer {
  /** Bytes held. */
  long bytes();
}
