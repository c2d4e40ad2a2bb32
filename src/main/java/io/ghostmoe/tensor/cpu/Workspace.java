package io.ghostmoe.tensor.cpu;

import java.util.EnumMap;
import java.util.Map;

/**
 * Scratch memory of the vector backend, kept between operations so that a steady step allocates
 * none. It holds nothing from one operation to the next.
 */
final class Workspace {
  /** What a shared array is used for; an operation may use several at once. */
  enum Use {
    PACKED,
    PROBABILITIES,
    PARTIALS,
    ROWS,
    PACKED_ROWS,
    REFERENCES,
    SUMS,
    LOG_SUMS
  }

  /** Doubles that each worker has. */
  static final int DOUBLES = 128;

  private final Map<Use, float[]> shared = new EnumMap<>(Use.class);
  private final float[][] perWorker;
  private final float[][] tiles;
  private final double[][] doubles;
  private int[] ints = new int[0];

  Workspace(int workers) {
    perWorker = new float[workers][0];
    tiles = new float[workers][Gemm.SCRATCH];
    doubles = new double[workers][DOUBLES];
  }

  /** An array of at least {@code length} floats that all workers may use, with any contents. */
  float[] shared(Use use, int length) {
    float[] array = shared.get(use);
    if (array == null || array.length < length) {
      array = new float[length];
      shared.put(use, array);
    }
    return array;
  }

  /** An array of at least {@code length} floats that only {@code worker} uses. */
  float[] ofWorker(int worker, int length) {
    if (perWorker[worker].length < length) {
      perWorker[worker] = new float[length];
    }
    return perWorker[worker];
  }

  /** A tile for the edges of matrix products, and for sums over lanes; only {@code worker} uses. */
  float[] tile(int worker) {
    return tiles[worker];
  }

  /** {@link #DOUBLES} doubles for sums that single precision is too short for. */
  double[] doubles(int worker) {
    return doubles[worker];
  }

  /** Bytes held, in use or not: the largest operations so far decide. */
  long bytes() {
    long elements = ints.length;
    for (float[] array : shared.values()) {
      elements += array.length;
    }
    for (int worker = 0; worker < tiles.length; worker++) {
      elements += (long) perWorker[worker].length + tiles[worker].length + 2 * DOUBLES;
    }
    return 4 * elements;
  }

  /** An array of at least {@code length} integers with any contents. */
  int[] ints(int length) {
    if (ints.length < length) {
      ints = new int[length];
    }
    return ints;
  }
}
