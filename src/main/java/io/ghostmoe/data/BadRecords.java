package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
import java.util.List;

/** The limit on records that cannot be used. */
final class BadRecords {
  private BadRecords() {}

  /** Fails with the places of the bad records if there are more than the request allows. */
  static void require(int bad, List<String> places, DatasetRequest request) {
    if (bad > request.maxBadRecords()) {
      throw UserException.input(
          "%s (%,d bad, %,d allowed): mend them, or pass --max-bad-records %d to leave them out."
              .formatted(String.join("; ", places), bad, request.maxBadRecords(), bad));
    }
  }
}
