package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;

import io.ghostmoe.tensor.cpu.Gemm.Matrix;
import io.ghostmoe.tensor.cpu.Gemm.Packed;
import org.jspecify.annotations.Nullable;

/**
 * A dense layer over few rows, as generation has them: {@code out = x·weightᵀ + bias}. To pack the
 * weights would cost more than the product, so they are read once, where they lie: the rows are
 * packed instead, and the transposed product {@code weight·xᵀ} is computed.
 *
 * @param count how many rows, at most {@link #MOST}
 * @param start where the first begins in x
 * @param packed xᵀ [inputs, count]
 */
record FewRows(float[] x, int start, int count, int inputs, Packed packed) {
  /** More rows than these are worth packed weights. */
  static final int MOST = MicroKernel.COLUMNS;

  /** Outputs of a task: a multiple of every tile's rows. */
  static final int OUTPUTS = 2 * MicroKernel.COMMON_ROWS;

  /** Floats of scratch that a task needs. */
  static final int SCRATCH = OUTPUTS * MOST;

  /** So few that a tile would for the most part compute what nobody wants. */
  private static final int SINGLE = 3;

  /** Floats that the packed rows take. */
  static int packedLength(int count, int inputs) {
    return Gemm.packedLength(inputs, count);
  }

  /** The rows from {@code start} on, packed into {@code values} from {@code at} on. */
  static FewRows pack(float[] x, int start, int count, int inputs, float[] values, int at) {
    Packed packed = new Packed(values, at, inputs, count);
    if (count > SINGLE) {
      Gemm.pack(new Matrix(x, start, 1, inputs), packed);
    }
    return new FewRows(x, start, count, inputs, packed);
  }

  /**
   * The outputs of one task for all rows.
   *
   * @param weight [outputs, inputs]
   * @param task computes outputs from {@code task·OUTPUTS} on
   * @param out row r begins at {@code outStart + r·outputs}
   * @param scratch at least {@link #SCRATCH} floats
   * @param tile at least {@link Gemm#SCRATCH} floats
   */
  void multiply(
      int outputs,
      float[] weight,
      float @Nullable [] bias,
      int task,
      float[] out,
      int outStart,
      float[] scratch,
      float[] tile) {
    int first = task * OUTPUTS;
    int many = Math.min(OUTPUTS, outputs - first);
    int stride = Gemm.paddedColumns(count);
    if (count <= SINGLE) {
      for (int r = 0; r < count; r++) {
        dots(start + r * inputs, weight, first * inputs, many, scratch, r, stride, tile);
      }
    } else {
      Matrix w = new Matrix(weight, first * inputs, inputs, 1);
      Matrix product = new Matrix(scratch, 0, stride, 1);
      Gemm.multiply(many, stride, inputs, w, packed, 0, 0, product, false, tile);
    }
    for (int r = 0; r < count; r++) {
      int target = outStart + r * outputs + first;
      for (int o = 0; o < many; o++) {
        float shift = bias == null ? 0 : bias[first + o];
        out[target + o] = scratch[o * stride + r] + shift;
      }
    }
  }

  /** {@code target[at + o·stride] = ⟨row, weight_o⟩}, a vector of outputs at a time. */
  private void dots(
      int row,
      float[] weight,
      int from,
      int outputs,
      float[] target,
      int at,
      int stride,
      float[] tile) {
    int o = 0;
    if (inputs % LANES == 0) {
      for (; o <= outputs - LANES; o += LANES) {
        for (int lane = 0; lane < LANES; lane++) {
          int w = from + (o + lane) * inputs;
          VectorMath.laneSums(x, row, weight, w, inputs, tile, lane * LANES);
        }
        VectorMath.sums(tile).intoArray(tile, 0);
        for (int lane = 0; lane < LANES; lane++) {
          target[at + (o + lane) * stride] = tile[lane];
        }
      }
    }
    for (; o < outputs; o++) {
      target[at + o * stride] = VectorMath.dot(x, row, weight, from + o * inputs, inputs, tile);
    }
  }
}
