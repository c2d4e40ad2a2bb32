package io.ghostmoe.data.hub;

/** The Hub gave nothing however often it was asked: a network that is down, or a server. */
final class UnreachableException extends Exception {
  private static final long serialVersionUID = 1L;

  UnreachableException(String message, TransientFailure cause) {
    super(message, cause);
  }

  /** What was tried and what came of it, without a remedy. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
