package io.ghostmoe.tensor.cuda;

/** The driver reported an error: a bug of ours or a device that went away. */
public final class CudaFailure extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  CudaFailure(String message) {
    super(message);
  }
}
