package io.ghostmoe.data.hub;

import java.time.Duration;

/**
 * How long the Hub is waited for.
 *
 * @param connect until a connection stands
 * @param silence without a byte, until a request is given up and made again
 * @param budget for all attempts at a server that gives nothing
 * @param firstPause before the second attempt; it doubles with each
 * @param longestPause that a server may ask for
 * @param attempts in a row that bring nothing
 */
record HubTimes(
    Duration connect,
    Duration silence,
    Duration budget,
    Duration firstPause,
    Duration longestPause,
    int attempts) {
  static final HubTimes DEFAULT =
      new HubTimes(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(80),
          Duration.ofMillis(500),
          Duration.ofSeconds(60),
          5);
}
