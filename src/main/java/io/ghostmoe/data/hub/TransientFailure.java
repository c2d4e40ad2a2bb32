package io.ghostmoe.data.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;

/** Something that another attempt may mend. */
final class TransientFailure extends IOException {
  private static final long serialVersionUID = 1L;

  /** How long the server asks to be left alone; empty where it says nothing. */
  private final transient Optional<Duration> pause;

  TransientFailure(String reason, Optional<Duration> pause) {
    super(reason);
    this.pause = pause;
  }

  private TransientFailure(String reason, IOException cause) {
    super(reason, cause);
    this.pause = Optional.empty();
  }

  /** What a failed exchange amounts to, in words: Java's own are often none. */
  static TransientFailure of(IOException e) {
    return switch (e) {
      case TransientFailure known -> known;
      case HttpConnectTimeoutException timeout -> new TransientFailure("no connection", timeout);
      case HttpTimeoutException timeout -> new TransientFailure("no answer", timeout);
      case ConnectException refused ->
          new TransientFailure(
              isUnknownHost(refused) ? "unknown host" : "connection refused", refused);
      default -> new TransientFailure("the connection broke off", e);
    };
  }

  private static boolean isUnknownHost(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return false;
  }

  /** In words, without an end. */
  String reason() {
    return String.valueOf(getMessage());
  }

  Optional<Duration> pause() {
    return pause;
  }
}
