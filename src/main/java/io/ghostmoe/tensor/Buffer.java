package io.ghostmoe.tensor;

/** Memory of one tensor, owned by the backend that made it and opaque to everyone else. */
public interface Buffer {
  /** Bytes of the elements in the tensor's type; the backend may keep them in a wider one. */
  long bytes();
}
