package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/**
 * Products of matrices by tiles. How one is cut, into tiles and parts of K, is a function of its
 * shape alone, so that its bits are too.
 */
final class CudaMatmul {
  /** Which extent is contiguous in the operands: T for the one that a product sums over. */
  enum Layout {
    /** a [m,k], b [n,k]: a dense layer. */
    NT,
    /** a [m,k], b [k,n]: the gradient of its input. */
    NN,
    /** a [k,m], b [k,n]: the gradient of its weight. */
    TN
  }

  /**
   * An operand.
   *
   * @param at where it begins
   * @param stride elements between its rows
   * @param rounded whether it is a copy in bfloat16
   */
  record Matrix(DevicePointer at, int stride, boolean rounded) {
    /** A tensor of rank 2. */
    static Matrix of(Tensor tensor) {
      return new Matrix(DevicePointer.of(tensor), tensor.dim(1), false);
    }

    /** What begins {@code rows} rows further down. */
    Matrix from(int rows) {
      long bytes = rounded ? DType.BF16.bytes() : DType.F32.bytes();
      return new Matrix(at.plus(bytes * rows * stride), stride, rounded);
    }
  }

  /**
   * What is multiplied: c [m,n] of products over k.
   *
   * @param cStride elements between rows of c
   */
  record Product(Layout layout, int m, int n, int k, int cStride) {
    /** A product into a matrix without gaps. */
    static Product of(Layout layout, int m, int n, int k) {
      return new Product(layout, m, n, k, n);
    }

    /** Rows of a as it lies in memory, and their width; b likewise. */
    private int aRows() {
      return layout == Layout.TN ? k : m;
    }

    private int aWidth() {
      return layout == Layout.TN ? m : k;
    }

    private int bRows() {
      return layout == Layout.NT ? n : k;
    }

    private int bWidth() {
      return layout == Layout.NT ? k : n;
    }

    private long tiles(Tiles tiles) {
      return (long) Math.ceilDiv(m, tiles.rows) * Math.ceilDiv(n, tiles.columns);
    }

    /** Into how many parts K can be cut, deep enough for each to be worth a block. */
    private long mostParts() {
      return Math.max(1, k / LEAST_DEPTH);
    }
  }

  /** One kernel of a layout. */
  @FunctionalInterface
  private interface Launcher {
    void launch(
        Grid grid,
        DevicePointer a,
        DevicePointer b,
        DevicePointer bias,
        DevicePointer c,
        int m,
        int n,
        int k,
        int aStride,
        int bStride,
        int cStride,
        int depth,
        int accumulate);
  }

  /**
   * The kernels of one size of tiles.
   *
   * @param columns of a tile, and threads of a block
   * @param sharedBytes of a block, where they are given at the launch
   */
  private record Tiles(
      int rows, int columns, int sharedBytes, Launcher nt, Launcher nn, Launcher tn) {
    Launcher of(Layout layout) {
      return switch (layout) {
        case NT -> nt;
        case NN -> nn;
        case TN -> tn;
      };
    }
  }

  /** The edge of large tiles. */
  static final int LARGE = 128;

  /** Columns of the tiles of rounded products that are large enough: each byte read serves more. */
  static final int WIDE = 256;

  private static final int SMALL = 64;
  private static final int THREADS = 256;

  /** Fewer blocks leave much of a large device idle. */
  private static final int ENOUGH_BLOCKS = 128;

  private static final int LEAST_DEPTH = 256;

  /** Parts begin at multiples of this, so that four elements of K are read at a time. */
  private static final int DEPTH_STEP = 32;

  /** Steps of K that rounded products keep in shared memory. */
  private static final int STAGES = 4;

  private final CudaContext cuda;
  private final MatmulKernels kernels;
  private final Tiles large;
  private final Tiles small;
  private final Tiles rounded;
  private final Tiles roundedWide;
  private final CudaRounding rounding;

  CudaMatmul(CudaContext cuda, CudaRounding rounding) {
    this.cuda = cuda;
    this.rounding = rounding;
    MatmulKernels f32 = new MatmulKernels(cuda);
    MatmulBf16Kernels bf16 = new MatmulBf16Kernels(cuda);
    kernels = f32;
    large =
        new Tiles(LARGE, LARGE, 0, f32::matmulNt128F32, f32::matmulNn128F32, f32::matmulTn128F32);
    small = new Tiles(SMALL, SMALL, 0, f32::matmulNt64F32, f32::matmulNn64F32, f32::matmulTn64F32);
    rounded =
        new Tiles(
            LARGE,
            LARGE,
            roundedBytes(LARGE),
            bf16::matmulNt128Bf16,
            bf16::matmulNn128Bf16,
            bf16::matmulTn128Bf16);
    roundedWide =
        new Tiles(
            LARGE,
            WIDE,
            roundedBytes(WIDE),
            bf16::matmulNt256Bf16,
            bf16::matmulNn256Bf16,
            bf16::matmulTn256Bf16);
  }

  /** Bytes of shared memory for tiles of a rounded product: its kernels' BF16_SHARED. */
  static int roundedBytes(int columns) {
    return DType.BF16.bytes() * STAGES * DEPTH_STEP * (LARGE + columns);
  }

  /** Whether so many large tiles are enough; small ones are four times as many. */
  static boolean isEnough(long largeTiles) {
    return largeTiles >= ENOUGH_BLOCKS;
  }

  private Tiles tiles(Product p) {
    return isEnough(p.tiles(large) * p.mostParts()) ? large : small;
  }

  private Tiles roundedTiles(Product p) {
    return isEnough(p.tiles(roundedWide)) ? roundedWide : rounded;
  }

  /** Whether the operands of a product are to be rounded, here or by the caller. */
  boolean rounds(Product p) {
    return cuda.precision().rounds(p.m, p.n, p.k);
  }

  /**
   * {@code c (+)= a·b + bias}.
   *
   * @param a rounded where b is
   * @param bias of the columns, the null address for none
   */
  void multiply(
      Product p, Matrix a, Matrix b, DevicePointer bias, boolean accumulate, DevicePointer c) {
    if (a.rounded) {
      multiply(p, roundedTiles(p), a, b, bias, accumulate, c);
    } else if (rounds(p)) {
      try (CudaBuffer left = rounding.round(a, p.aRows(), p.aWidth());
          CudaBuffer right = rounding.round(b, p.bRows(), p.bWidth())) {
        Matrix x = CudaRounding.matrix(left, p.aWidth());
        Matrix y = CudaRounding.matrix(right, p.bWidth());
        multiply(p, roundedTiles(p), x, y, bias, accumulate, c);
      }
    } else {
      multiply(p, tiles(p), a, b, bias, accumulate, c);
    }
  }

  private void multiply(
      Product p,
      Tiles tiles,
      Matrix a,
      Matrix b,
      DevicePointer bias,
      boolean accumulate,
      DevicePointer c) {
    int depth = depth(p, Math.max(1, p.tiles(tiles)));
    int parts = Math.max(1, Math.ceilDiv(p.k, depth));
    int add = accumulate ? 1 : 0;
    int across = Math.ceilDiv(p.n, tiles.columns);
    int down = Math.ceilDiv(p.m, tiles.rows);
    Grid grid = Grid.of(across, down, parts, tiles.columns).shared(tiles.sharedBytes);
    if (parts == 1) {
      launch(p, tiles, grid, a, b, bias, c, p.cStride, depth, add);
      return;
    }
    long elements = (long) p.m * p.n;
    try (CudaBuffer partials = cuda.scratch(4 * elements * parts)) {
      DevicePointer sums = partials.pointer();
      launch(p, tiles, grid, a, b, bias, sums, p.n, depth, 0);
      kernels.matmulAddPartialsF32(
          Grid.covering(elements, THREADS), sums, bias, c, p.m, p.n, p.cStride, parts, add);
    }
  }

  private static void launch(
      Product p,
      Tiles tiles,
      Grid grid,
      Matrix a,
      Matrix b,
      DevicePointer bias,
      DevicePointer c,
      int cStride,
      int depth,
      int add) {
    tiles
        .of(p.layout)
        .launch(grid, a.at, b.at, bias, c, p.m, p.n, p.k, a.stride, b.stride, cStride, depth, add);
  }

  /** How much of K a block takes: all of it, unless there are few blocks and it is deep. */
  private static int depth(Product p, long blocks) {
    int parts = (int) Math.min(p.mostParts(), Math.max(1, 2 * ENOUGH_BLOCKS / blocks));
    return Math.max(1, Math.ceilDiv(Math.ceilDiv(p.k, parts), DEPTH_STEP)) * DEPTH_STEP;
  }
}
