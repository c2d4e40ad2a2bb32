package io.ghostmoe.tensor.cpu;

/**
 * Checks of integers that index memory, made by the CPU backends at the head of an operation, so
 * that a wrong id is named where it enters and not as an array index somewhere deep.
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

  /** Rows of all slots, in [0, slots), or −1 for padding. */
  static void rowOfSlot(String operation, int[] rowOfSlot, int slots) {
    range(operation, "row", "slot", rowOfSlot, slots, -1, slots);
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
