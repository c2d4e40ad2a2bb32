package io.ghostmoe.data.hub;

import java.time.Duration;
import java.util.function.Consumer;

/** Counts the attempts at one thing, pauses between them, and gives up in time. */
final class Attempts {
  private final String what;
  private final HubTimes times;
  private final Consumer<String> notes;
  private long begun = System.nanoTime();
  private int failed;

  /**
   * @param what is attempted, for people
   * @param notes hears of every failure that is not the last
   */
  Attempts(String what, HubTimes times, Consumer<String> notes) {
    this.what = what;
    this.times = times;
    this.notes = notes;
  }

  /** How long the next answer may take. */
  Duration patience() {
    Duration left = times.budget().minus(elapsed());
    Duration least = Duration.ofMillis(1);
    Duration most = left.compareTo(times.silence()) < 0 ? left : times.silence();
    return most.compareTo(least) < 0 ? least : most;
  }

  /** Something came through that never had: what failed before does not count any more. */
  void progressed() {
    failed = 0;
    begun = System.nanoTime();
  }

  /**
   * Waits until the next attempt may be made.
   *
   * @throws UnreachableException where there is to be none
   */
  void failed(TransientFailure failure) throws UnreachableException, InterruptedException {
    failed++;
    Duration asked = failure.pause().orElse(Duration.ZERO);
    Duration own = times.firstPause().multipliedBy(1L << Math.min(20, failed - 1));
    Duration pause = asked.compareTo(own) > 0 ? asked : own;
    String reason = what + ": " + failure.reason();
    if (asked.compareTo(times.longestPause()) > 0) {
      throw new UnreachableException(
          "%s, and to ask again in %,d s".formatted(reason, asked.toSeconds()), failure);
    }
    if (failed >= times.attempts() || elapsed().plus(own).compareTo(times.budget()) >= 0) {
      throw new UnreachableException(
          "%s (%d attempts in %,d s)".formatted(reason, failed, elapsed().toSeconds()), failure);
    }
    notes.accept(
        "hub: %s: again in %s s (attempt %d of %d)"
            .formatted(reason, seconds(pause), failed + 1, times.attempts()));
    Thread.sleep(pause);
    if (asked.isPositive()) {
      begun += pause.toNanos(); // a server that says when to come back is not gone
    }
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  private static String seconds(Duration pause) {
    return "%.1f".formatted(pause.toMillis() / 1000.0).replaceAll("\\.0$", "");
  }
}
