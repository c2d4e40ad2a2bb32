package io.ghostmoe.tensor.cpu;

import java.util.function.IntToDoubleFunction;

/**
 * Checks of what tensors hold, made by the CPU backends at the head of an operation: of integers
 * that index memory, so that a wrong id is named where it enters and not as an array index
 * somewhere deep, and of numbers that experts are given one by one.
 *
 * <p>Shapes must have been checked before. All raise {@link IllegalArgumentException}.
 */
final class IndexChecks {
  private IndexChecks() {}

  /** Token ids in [0, vocabulary). */
  static void ids(String operation, int[] ids, int count, int vocabulary) {
    range(operation, "id", "row", ids, count, 0, vocabulary);
  }

  /** Positions in [0, T). */
  static void positions(String operation, int[] positions, int count, int length) {
    range(operation, "position", "row", positions, count, 0, length);
  }

  /** Targets in [0, vocabulary), or −1 for none. */
  static void targets(String operation, int[] targets, int count, int vocabulary) {
    range(operation, "target", "row", targets, count, -1, vocabulary);
  }

  /** Segments from 0 on, or −1 for padding. */
  static void segments(String operation, int[] segments, int count) {
    range(operation, "segment", "position", segments, count, -1, Integer.MAX_VALUE);
  }

  /** Experts in [0, awake). */
  static void experts(String operation, int[] experts, int slots, int awake) {
    range(operation, "expert", "slot", experts, slots, 0, awake);
  }

  /** Offsets that start at 0, never fall, and end within the slots. */
  static void offsets(String operation, int[] offsets, int experts, int slots) {
    for (int e = 0; e <= experts; e++) {
      int low = e == 0 ? 0 : offsets[e - 1];
      int high = e == 0 ? 0 : slots;
      if (offsets[e] < low || offsets[e] > high) {
        throw new IllegalArgumentException(
            "%s: offset %d of expert %d is not in [%d, %d]"
                .formatted(operation, offsets[e], e, low, high));
      }
    }
  }

  /** Slots of the first {@code rows} sorted rows, in [0, slots). */
  static void slotOfRow(String operation, int[] slotOfRow, int rows, int slots) {
    range(operation, "slot", "row", slotOfRow, rows, 0, slots);
  }

  /** Rows of a cache, in [0, held). */
  static void cacheRows(String operation, int[] rows, int count, int held) {
    range(operation, "row", "position", rows, count, 0, held);
  }

  /** Rows of all slots, in [0, slots), or −1 for padding. */
  static void rowOfSlot(String operation, int[] rowOfSlot, int slots) {
    range(operation, "row", "slot", rowOfSlot, slots, -1, slots);
  }

  /** At least {@code k} distinct families, or as many slots could not be filled. */
  static void families(String operation, int[] families, int k) {
    int distinct = 0;
    for (int e = 0; e < families.length && distinct < k; e++) {
      int first = 0;
      while (families[first] != families[e]) {
        first++;
      }
      distinct += first == e ? 1 : 0;
    }
    if (distinct < k) {
      throw new IllegalArgumentException(
          "%s: %d experts of %d families cannot fill %d slots"
              .formatted(operation, families.length, distinct, k));
    }
  }

  /** Activations in (0, 1]. */
  static void activations(String operation, int experts, IntToDoubleFunction activations) {
    for (int e = 0; e < experts; e++) {
      double activation = activations.applyAsDouble(e);
      if (!(activation > 0 && activation <= 1)) {
        throw new IllegalArgumentException(
            "%s: activation %s of expert %d is not in (0, 1]".formatted(operation, activation, e));
      }
    }
  }

  /** Rates that are finite and at least 0. */
  static void rates(String operation, int experts, IntToDoubleFunction rates) {
    for (int e = 0; e < experts; e++) {
      double rate = rates.applyAsDouble(e);
      if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "%s: rate %s of expert %d is not a number of at least 0".formatted(operation, rate, e));
      }
    }
  }

  private static void range(
      String operation, String what, String place, int[] values, int count, int low, int high) {
    for (int i = 0; i < count; i++) {
      if (values[i] < low || values[i] >= high) {
        throw new IllegalArgumentException(
            "%s: %s %d at %s %d is not in [%d, %d)"
                .formatted(operation, what, values[i], place, i, low, high));
      }
    }
  }
}
