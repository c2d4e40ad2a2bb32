package io.ghostmoe.tensor.cuda;

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

  /** What is multiplied: c [m,n] of products over k. */
  record Product(Layout layout, int m, int n, int k) {
    long tiles(int tile) {
      return (long) Math.ceilDiv(m, tile) * Math.ceilDiv(n, tile);
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
        int depth,
        int accumulate);
  }

  /** The kernels of one size of tiles. */
  private record Tiles(int edge, Launcher nt, Launcher nn, Launcher tn) {
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

  private static final int SMALL = 64;
  private static final int THREADS = 256;

  /** Fewer blocks leave much of a large device idle. */
  private static final int ENOUGH_BLOCKS = 128;

  private static final int LEAST_DEPTH = 256;

  /** Parts begin at multiples of this, so that four elements of K are read at a time. */
  private static final int DEPTH_STEP = 32;

  private final CudaContext cuda;
  private final MatmulKernels kernels;
  private final Tiles large;
  private final Tiles small;
  private final Tiles rounded;

  CudaMatmul(CudaContext cuda) {
    this.cuda = cuda;
    MatmulKernels f32 = new MatmulKernels(cuda);
    MatmulBf16Kernels bf16 = new MatmulBf16Kernels(cuda);
    kernels = f32;
    large = new Tiles(LARGE, f32::matmulNt128F32, f32::matmulNn128F32, f32::matmulTn128F32);
    small = new Tiles(SMALL, f32::matmulNt64F32, f32::matmulNn64F32, f32::matmulTn64F32);
    rounded = new Tiles(LARGE, bf16::matmulNtBf16, bf16::matmulNnBf16, bf16::matmulTnBf16);
  }

  /** Whether so many large tiles are enough; small ones are four times as many. */
  static boolean isEnough(long largeTiles) {
    return largeTiles >= ENOUGH_BLOCKS;
  }

  private Tiles tiles(Product p) {
    if (cuda.precision().rounds(p.m, p.n, p.k)) {
      return rounded;
    }
    return isEnough(p.tiles(LARGE)) ? large : small;
  }

  /**
   * {@code c (+)= a·b + bias}.
   *
   * @param bias of the columns, the null address for none
   */
  void multiply(
      Product p,
      DevicePointer a,
      DevicePointer b,
      DevicePointer bias,
      boolean accumulate,
      DevicePointer c) {
    Tiles tiles = tiles(p);
    int depth = depth(p, Math.max(1, p.tiles(tiles.edge)));
    int parts = Math.max(1, Math.ceilDiv(p.k, depth));
    int add = accumulate ? 1 : 0;
    Launcher kernel = tiles.of(p.layout);
    int across = Math.ceilDiv(p.n, tiles.edge);
    int down = Math.ceilDiv(p.m, tiles.edge);
    Grid grid = Grid.of(across, down, parts, THREADS);
    if (parts == 1) {
      kernel.launch(grid, a, b, bias, c, p.m, p.n, p.k, depth, add);
      return;
    }
    long elements = (long) p.m * p.n;
    try (CudaBuffer partials = cuda.scratch(4 * elements * parts)) {
      kernel.launch(grid, a, b, bias, partials.pointer(), p.m, p.n, p.k, depth, 0);
      kernels.matmulAddPartialsF32(
          Grid.covering(elements, THREADS), partials.pointer(), bias, c, p.m, p.n, parts, add);
    }
  }

  /** How much of K a block takes: all of it, unless there are few blocks and it is deep. */
  private static int depth(Product p, long blocks) {
    long most = Math.max(1, p.k / LEAST_DEPTH);
    int parts = (int) Math.min(most, Math.max(1, 2 * ENOUGH_BLOCKS / blocks));
    return Math.max(1, Math.ceilDiv(Math.ceilDiv(p.k, parts), DEPTH_STEP)) * DEPTH_STEP;
  }
}
