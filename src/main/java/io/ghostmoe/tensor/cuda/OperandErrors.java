package io.ghostmoe.tensor.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What kernels found wrong in the integers they were given. A kernel cannot raise an exception: it
 * notes the first bad value in its operation's record on the device and computes on with a harmless
 * one; the record is looked at when the host waits anyway.
 */
final class OperandErrors {
  /** Ints of a record: code, value, place, limit. */
  private static final int RECORD = 4;

  private static final int MOST_OPERATIONS = 32;

  /** Bytes of all records. */
  static final int BYTES = 4 * RECORD * MOST_OPERATIONS;

  /** What a code says of a value, and of its place; indices are the codes of common.cuh less 1. */
  private enum Kind {
    ID("id", "row", 0),
    POSITION("position", "row", 0),
    TARGET("target", "row", -1),
    SEGMENT("segment", "position", -1),
    EXPERT("expert", "slot", 0),
    SLOT("slot", "row", 0),
    ROW("row", "slot", -1),
    OFFSET("offset", "expert", 0),
    FAMILIES("slots without a family", "token", 0),
    ACTIVATION("activation", "expert", 0),
    RATE("rate", "expert", 0),
    CACHE_ROW("row", "position", 0);

    final String what;
    final String where;
    final int least;

    Kind(String what, String where, int least) {
      this.what = what;
      this.where = where;
      this.least = least;
    }

    String message(int value, int place, int limit) {
      String shown =
          switch (this) {
            case ACTIVATION, RATE -> Float.toString(Float.intBitsToFloat(value));
            default -> Integer.toString(value);
          };
      String range =
          switch (this) {
            case FAMILIES -> "";
            case ACTIVATION -> " is not in (0, 1]";
            case RATE -> " is not a finite number of at least 0";
            default -> " is not in [%d, %d)".formatted(least, limit);
          };
      return "%s %s at %s %d%s".formatted(what, shown, where, place, range);
    }
  }

  private final DevicePointer records;
  private final Staging staging;
  private final PinnedMemory fetched;
  private final List<String> operations = new ArrayList<>();
  private final int[] found = new int[RECORD * MOST_OPERATIONS];

  /**
   * Records in which nothing is noted.
   *
   * @param fetched room for them on the host, {@link #BYTES} of it
   */
  OperandErrors(CudaMemory memory, Staging staging, PinnedMemory fetched) {
    this.staging = staging;
    this.fetched = fetched;
    records = memory.allocate(4L * found.length).pointer();
    staging.write(found, records);
  }

  /** {@return where kernels of an operation note what they refuse} */
  DevicePointer record(String operation) {
    int index = operations.indexOf(operation);
    if (index < 0) {
      index = operations.size();
      if (index == MOST_OPERATIONS) {
        throw new IllegalStateException("more than %d operations note errors".formatted(index));
      }
      operations.add(operation);
    }
    return records.plus(4L * RECORD * index);
  }

  /** Has the records copied to the host, which are there after the next wait. */
  void fetch() {
    staging.fetch(records, fetched, found.length);
  }

  /**
   * Raises the first error that was noted before the last {@link #fetch}, which was waited for.
   *
   * @throws IllegalArgumentException that names operation, value and place
   */
  void raise() {
    fetched.words(0, found.length).asIntBuffer().get(found);
    for (int i = 0; i < operations.size(); i++) {
      int code = found[RECORD * i];
      if (code != 0) {
        String message =
            Kind.values()[code - 1].message(
                found[RECORD * i + 1], found[RECORD * i + 2], found[RECORD * i + 3]);
        Arrays.fill(found, 0);
        staging.write(found, records);
        throw new IllegalArgumentException(operations.get(i) + ": " + message);
      }
    }
  }
}
