package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.MicroKernel.COLUMNS;
import static io.ghostmoe.tensor.cpu.MicroKernel.NARROW;

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
  /** Depth of a block: a panel of so many rows takes 32 KB and stays near the arithmetic. */
  private static final int DEPTH = 8192 / COLUMNS;

  /** Rows of A that one panel after the other meets while they are in the cache. */
  private static final int STRIP = 2 * MicroKernel.COMMON_ROWS;

  /** Floats between elements from which on they get in each other's way in the cache. */
  private static final int FAR = 128;

  /** Floats of scratch that a product needs. */
  static final int SCRATCH = MicroKernel.TILE + STRIP * DEPTH;

  private Gemm() {}

  /** A strided matrix. */
  record Matrix(float[] values, int offset, int rowStride, int columnStride) {
    /** A matrix whose rows lie one after the other, {@code columns} wide. */
    static Matrix of(float[] values, int columns) {
      return new Matrix(values, 0, columns, 1);
    }

    /** Where element (row, column) lies. */
    int index(int row, int column) {
      return offset + row * rowStride + column * columnStride;
    }

    /** The matrix that starts at element (row, column) of this one. */
    Matrix at(int row, int column) {
      return new Matrix(values, index(row, column), rowStride, columnStride);
    }

    Matrix transposed() {
      return new Matrix(values, offset, columnStride, rowStride);
    }
  }

  /**
   * B in panels: of {@link MicroKernel#COLUMNS} columns as {@link #pack} makes them, or as wide as
   * whoever computed B has laid it out.
   *
   * @param values panel p, row k starts at {@code offset + p·panel·depth + k·(columns of panel p)}
   * @param depth rows of B as packed; a product may use fewer
   * @param columns of B as packed
   * @param panel columns of each panel but the last, a multiple of COLUMNS
   */
  record Packed(float[] values, int offset, int depth, int columns, int panel) {
    Packed(float[] values, int offset, int depth, int columns) {
      this(values, offset, depth, columns, COLUMNS);
    }

    /** Columns of the tile that begins at {@code first}. */
    int width(int first) {
      return columns - first > NARROW ? COLUMNS : NARROW;
    }

    /** How far apart the rows of the panel that holds column {@code first} lie. */
    int stride(int first) {
      return panel == COLUMNS ? width(first) : panel;
    }

    /** Where a row of the tile that begins at {@code first} lies. */
    int start(int row, int first) {
      int within = first % panel;
      return offset + (first - within) * depth + row * stride(first) + within;
    }
  }

  /** How many panels hold {@code columns} columns. */
  static int panels(int columns) {
    return (columns + COLUMNS - 1) / COLUMNS;
  }

  /** The columns of all these panels, of which the last may hold more than there are. */
  static int paddedColumns(int columns) {
    int rest = columns % COLUMNS;
    return columns - rest + (rest == 0 ? 0 : rest <= NARROW ? NARROW : COLUMNS);
  }

  /** Floats that {@code depth × columns} packed elements of B take. */
  static int packedLength(int depth, int columns) {
    return Math.multiplyExact(paddedColumns(columns), depth);
  }

  /** Packs all panels of B. */
  static void pack(Matrix b, Packed packed) {
    pack(b, b.offset, packed);
  }

  /** Packs all panels of B, whose first element lies at {@code start}. */
  static void pack(Matrix b, int start, Packed packed) {
    for (int panel = 0; panel < panels(packed.columns); panel++) {
      packPanel(b, start, panel, packed);
    }
  }

  /** Packs one panel of B; columns beyond the last are zero. */
  static void packPanel(Matrix b, int panel, Packed packed) {
    packPanel(b, b.offset, panel, packed);
  }

  private static void packPanel(Matrix b, int start, int panel, Packed packed) {
    int first = panel * COLUMNS;
    int width = packed.width(first);
    int filled = Math.min(width, packed.columns - first);
    int target = packed.start(0, first);
    int source = start + first * b.columnStride;
    float[] values = packed.values;
    if (b.columnStride == 1) {
      for (int k = 0; k < packed.depth; k++) {
        System.arraycopy(b.values, source + k * b.rowStride, values, target + k * width, filled);
      }
    } else {
      transpose(
          b.values,
          source,
          b.rowStride,
          b.columnStride,
          packed.depth,
          filled,
          values,
          target,
          width);
    }
    if (filled < width) {
      for (int k = 0; k < packed.depth; k++) {
        Arrays.fill(values, target + k * width + filled, target + (k + 1) * width, 0f);
      }
    }
  }

  /** {@code into[k·stride + j] = from[source + k·rowStride + j·columnStride]}. */
  private static void transpose(
      float[] from,
      int source,
      int rowStride,
      int columnStride,
      int rows,
      int columns,
      float[] into,
      int target,
      int stride) {
    // 16 rows at a time: they stay in the cache while the columns write into them
    for (int k0 = 0; k0 < rows; k0 += 16) {
      int k1 = Math.min(rows, k0 + 16);
      for (int j = 0; j < columns; j++) {
        int read = source + j * columnStride + k0 * rowStride;
        int write = target + k0 * stride + j;
        for (int k = k0; k < k1; k++) {
          into[write] = from[read];
          read += rowStride;
          write += stride;
        }
      }
    }
  }

  /**
   * {@link #multiply(int, int, int, Matrix, int, Packed, int, int, Matrix, int, boolean, float[])}
   * of whole views.
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
      float[] scratch) {
    multiply(
        rows, columns, depth, a, a.offset, packed, row, column, c, c.offset, accumulate, scratch);
  }

  /**
   * {@code C = A·B} or {@code C += A·B} for A [rows, depth], C [rows, columns] with a column stride
   * of 1, and the part of B that starts at (row, column) of {@code packed}. Where A and C start are
   * numbers of their own: a view for each of many small products would be an object for each.
   *
   * @param aStart where A's first element lies, in place of its view's offset
   * @param column where B starts: a multiple of COLUMNS
   * @param cStart where C's first element lies
   * @param scratch at least {@link #SCRATCH} floats
   */
  static void multiply(
      int rows,
      int columns,
      int depth,
      Matrix a,
      int aStart,
      Packed packed,
      int row,
      int column,
      Matrix c,
      int cStart,
      boolean accumulate,
      float[] scratch) {
    if (depth == 0 && !accumulate) {
      for (int i = 0; i < rows; i++) {
        int start = cStart + i * c.rowStride;
        Arrays.fill(c.values, start, start + columns, 0f);
      }
    }
    int deep = columns <= NARROW ? DEPTH * COLUMNS / NARROW : DEPTH;
    for (int k = 0; k < depth; k += deep) {
      int block = Math.min(deep, depth - k);
      boolean add = accumulate || k > 0;
      for (int i = 0; i < rows; i += STRIP) {
        int height = Math.min(STRIP, rows - i);
        Matrix strip = a;
        int from = aStart + i * a.rowStride + k * a.columnStride;
        if (a.rowStride == 1 && a.columnStride >= FAR && columns > COLUMNS) {
          strip = gathered(a, from, height, block, scratch);
          from = strip.offset;
        }
        for (int j = 0; j < columns; j += COLUMNS) {
          int start = packed.start(row + k, column + j);
          int width = packed.width(column + j);
          int stride = packed.stride(column + j);
          int filled = Math.min(width, columns - j);
          int into = cStart + i * c.rowStride + j;
          panel(
              height,
              width,
              filled,
              block,
              strip,
              from,
              packed.values,
              start,
              stride,
              c,
              into,
              add,
              scratch);
        }
      }
    }
  }

  /**
   * A strip of a transposed matrix whose columns lie together: where it lies, each step of k is
   * another line of the cache, and many panels are to meet it.
   */
  private static Matrix gathered(Matrix a, int from, int rows, int depth, float[] scratch) {
    for (int k = 0; k < depth; k++) {
      System.arraycopy(
          a.values, from + k * a.columnStride, scratch, MicroKernel.TILE + k * rows, rows);
    }
    return new Matrix(scratch, MicroKernel.TILE, 1, rows);
  }

  /** One panel with a strip of A; of its columns the first {@code filled} are C's. */
  private static void panel(
      int rows,
      int width,
      int filled,
      int depth,
      Matrix a,
      int aOffset,
      float[] b,
      int bStart,
      int bStride,
      Matrix c,
      int cOffset,
      boolean add,
      float[] tile) {
    int height = MicroKernel.rows(width);
    int whole = width == filled ? rows / height * height : 0;
    for (int i = 0; i < whole; i += height) {
      MicroKernel.run(
          width,
          depth,
          a.values,
          aOffset + i * a.rowStride,
          a.rowStride,
          a.columnStride,
          b,
          bStart,
          bStride,
          c.values,
          cOffset + i * c.rowStride,
          c.rowStride,
          add);
    }
    for (int i = whole; i < rows; i += height) {
      edge(i, rows, width, filled, depth, a, aOffset, b, bStart, bStride, c, cOffset, add, tile);
    }
  }

  /** A tile that sticks out of C is computed beside it: rows from {@code first} on. */
  private static void edge(
      int first,
      int rows,
      int width,
      int filled,
      int depth,
      Matrix a,
      int aOffset,
      float[] b,
      int bStart,
      int bStride,
      Matrix c,
      int cOffset,
      boolean add,
      float[] tile) {
    int height = MicroKernel.rows(width);
    int last = Math.min(rows, first + height);
    int from = Math.max(0, last - height); // rows that were done already fill the tile up
    if (last - from == height) {
      MicroKernel.run(
          width,
          depth,
          a.values,
          aOffset + from * a.rowStride,
          a.rowStride,
          a.columnStride,
          b,
          bStart,
          bStride,
          tile,
          0,
          width,
          false);
    } else {
      for (int i = from; i < last; i++) {
        int row = aOffset + i * a.rowStride;
        int at = (i - from) * width;
        MicroKernel.row(width, depth, a.values, row, a.columnStride, b, bStart, bStride, tile, at);
      }
    }
    for (int i = first; i < last; i++) {
      int at = cOffset + i * c.rowStride;
      int source = (i - from) * width;
      for (int j = 0; j < filled; j++) {
        c.values[at + j] = add ? c.values[at + j] + tile[source + j] : tile[source + j];
      }
    }
  }
}
