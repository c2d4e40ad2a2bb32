package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.MicroKernel.COLUMNS;
import static io.ghostmoe.tensor.cpu.MicroKernel.ROWS;

import java.util.Arrays;

/**
 * Matrix products in the manner of Goto and van de Geijn ("Anatomy of high-performance matrix
 * multiplication", 2008): B is packed into panels of {@link MicroKernel#COLUMNS} columns, once, and
 * then multiplied by any number of row ranges of A, each range by whoever likes. Every output is
 * one sum over k in rising order, so a product is a function of its operands alone.
 *
 * <p>Matrices are strided views of arrays: element (i, j) lies at {@code offset + i·rowStride +
 * j·columnStride}, which makes a transposed matrix a matter of arguments.
 */
final class Gemm {
  /** Depth of a block: a panel of 256 × COLUMNS floats stays in the first-level cache. */
  private static final int DEPTH = 256;

  private Gemm() {}

  /** A strided matrix. */
  record Matrix(float[] values, int offset, int rowStride, int columnStride) {
    /** A matrix whose rows lie one after the other, {@code columns} wide. */
    static Matrix of(float[] values, int columns) {
      return new Matrix(values, 0, columns, 1);
    }

    /** The matrix that starts at element (row, column) of this one. */
    Matrix at(int row, int column) {
      return new Matrix(
          values, offset + row * rowStride + column * columnStride, rowStride, columnStride);
    }

    Matrix transposed() {
      return new Matrix(values, offset, columnStride, rowStride);
    }
  }

  /**
   * B in panels.
   *
   * @param values panel p, row k starts at {@code offset + (p·depth + k)·COLUMNS}
   * @param depth rows of B as packed; a product may use fewer
   */
  record Packed(float[] values, int offset, int depth) {
    int start(int row, int column) {
      return offset + column * depth + row * COLUMNS;
    }
  }

  /** How many panels hold {@code columns} columns. */
  static int panels(int columns) {
    return (columns + COLUMNS - 1) / COLUMNS;
  }

  /** Floats that {@code depth × columns} packed elements of B take. */
  static int packedLength(int depth, int columns) {
    return Math.multiplyExact(Math.multiplyExact(panels(columns), COLUMNS), depth);
  }

  /** Packs all panels of B [depth, columns]. */
  static void pack(Matrix b, int columns, Packed packed) {
    for (int panel = 0; panel < panels(columns); panel++) {
      packPanel(b, columns, panel, packed);
    }
  }

  /** Packs one panel of B [packed.depth, columns]; columns beyond the last are zero. */
  static void packPanel(Matrix b, int columns, int panel, Packed packed) {
    int first = panel * COLUMNS;
    int width = Math.min(COLUMNS, columns - first);
    int target = packed.start(0, first);
    int source = b.offset + first * b.columnStride;
    float[] values = packed.values;
    if (b.columnStride == 1) {
      for (int k = 0; k < packed.depth; k++) {
        System.arraycopy(b.values, source + k * b.rowStride, values, target + k * COLUMNS, width);
      }
    } else {
      packTransposed(b, source, width, packed, target);
    }
    if (width < COLUMNS) {
      for (int k = 0; k < packed.depth; k++) {
        Arrays.fill(values, target + k * COLUMNS + width, target + (k + 1) * COLUMNS, 0f);
      }
    }
  }

  private static void packTransposed(Matrix b, int source, int width, Packed packed, int target) {
    float[] from = b.values;
    float[] into = packed.values;
    // 16 rows of the panel at a time: they stay in the cache while the columns write into them
    for (int k0 = 0; k0 < packed.depth; k0 += 16) {
      int k1 = Math.min(packed.depth, k0 + 16);
      for (int j = 0; j < width; j++) {
        int read = source + j * b.columnStride + k0 * b.rowStride;
        int write = target + k0 * COLUMNS + j;
        for (int k = k0; k < k1; k++) {
          into[write] = from[read];
          read += b.rowStride;
          write += COLUMNS;
        }
      }
    }
  }

  /**
   * {@code C = A·B} or {@code C += A·B} for A [rows, depth], C [rows, columns] with a column stride
   * of 1, and the part of B that starts at (row, column) of {@code packed}.
   *
   * @param column where B starts: a multiple of COLUMNS
   * @param tile scratch of at least {@code ROWS · COLUMNS} floats for the edges
   */
  static void multiply(
      int rows,
      int columns,
      int depth,
      Matrix a,
      Packed packed,
      int row,
      int column,
      Matrix c,
      boolean accumulate,
      float[] tile) {
    if (depth == 0 && !accumulate) {
      for (int i = 0; i < rows; i++) {
        int start = c.offset + i * c.rowStride;
        Arrays.fill(c.values, start, start + columns, 0f);
      }
    }
    for (int k = 0; k < depth; k += DEPTH) {
      int block = Math.min(DEPTH, depth - k);
      boolean add = accumulate || k > 0;
      Matrix aBlock = a.at(0, k);
      for (int j = 0; j < columns; j += COLUMNS) {
        int width = Math.min(COLUMNS, columns - j);
        multiplyPanel(
            rows,
            width,
            block,
            aBlock,
            packed.values,
            packed.start(row + k, column + j),
            c.at(0, j),
            add,
            tile);
      }
    }
  }

  private static void multiplyPanel(
      int rows,
      int width,
      int depth,
      Matrix a,
      float[] b,
      int bStart,
      Matrix c,
      boolean add,
      float[] tile) {
    int whole = width == COLUMNS ? rows / ROWS * ROWS : 0;
    for (int i = 0; i < whole; i += ROWS) {
      MicroKernel.run(
          depth,
          a.values,
          a.offset + i * a.rowStride,
          a.rowStride,
          a.columnStride,
          b,
          bStart,
          c.values,
          c.offset + i * c.rowStride,
          c.rowStride,
          add);
    }
    for (int i = whole; i < rows; i += ROWS) {
      edge(depth, Math.min(ROWS, rows - i), width, a.at(i, 0), b, bStart, c.at(i, 0), add, tile);
    }
  }

  /** A tile that sticks out of C is computed beside it. */
  private static void edge(
      int depth,
      int height,
      int width,
      Matrix a,
      float[] b,
      int bStart,
      Matrix c,
      boolean add,
      float[] tile) {
    if (height == ROWS) {
      MicroKernel.run(
          depth,
          a.values,
          a.offset,
          a.rowStride,
          a.columnStride,
          b,
          bStart,
          tile,
          0,
          COLUMNS,
          false);
    } else {
      for (int i = 0; i < height; i++) {
        MicroKernel.row(
            depth,
            a.values,
            a.offset + i * a.rowStride,
            a.columnStride,
            b,
            bStart,
            tile,
            i * COLUMNS);
      }
    }
    for (int i = 0; i < height; i++) {
      int at = c.offset + i * c.rowStride;
      for (int j = 0; j < width; j++) {
        float value = tile[i * COLUMNS + j];
        c.values[at + j] = add ? c.values[at + j] + value : value;
      }
    }
  }
}
