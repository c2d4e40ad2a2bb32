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

  private static final int THREADS = 256;
  private static final int LARGE = 128;
  private static final int SMALL = 64;

  /** Fewer blocks leave much of a large device idle. */
  private static final int ENOUGH_BLOCKS = 128;

  private static final int LEAST_DEPTH = 256;

  /** Parts begin at multiples of this, so that four elements of K are read at a time. */
  private static final int DEPTH_STEP = 16;

  private final CudaContext cuda;
  private final MatmulKernels kernels;

  CudaMatmul(CudaContext cuda) {
    this.cuda = cuda;
    kernels = new MatmulKernels(cuda);
  }

  /** The edge of the tiles of which there should be {@value #ENOUGH_BLOCKS}. */
  static int tile(long largeTiles) {
    return largeTiles >= ENOUGH_BLOCKS ? LARGE : SMALL;
  }

  /**
   * {@code c (+)= a·b + bias}.
   *
   * @param bias of the columns, the null address for none
   */
  void multiply(
      Product product,
      DevicePointer a,
      DevicePointer b,
      DevicePointer bias,
      boolean accumulate,
      DevicePointer c) {
    int tile = tile(product.tiles(LARGE));
    long blocks = Math.max(1, product.tiles(tile));
    long most = Math.max(1, product.k() / LEAST_DEPTH);
    int parts = (int) Math.min(most, Math.max(1, 2 * ENOUGH_BLOCKS / blocks));
    int depth = Math.ceilDiv(Math.ceilDiv(product.k(), parts), DEPTH_STEP) * DEPTH_STEP;
    parts = Math.max(1, Math.ceilDiv(product.k(), Math.max(1, depth)));
    if (parts == 1) {
      launch(product, tile, 1, depth, a, b, bias, accumulate, c);
      return;
    }
    long elements = (long) product.m() * product.n();
    try (CudaBuffer partials = cuda.scratch(4 * elements * parts)) {
      launch(product, tile, parts, depth, a, b, bias, accumulate, partials.pointer());
      kernels.matmulAddPartialsF32(
          Grid.covering(elements, THREADS),
          partials.pointer(),
          bias,
          c,
          product.m(),
          product.n(),
          parts,
          accumulate ? 1 : 0);
    }
  }

  private void launch(
      Product p,
      int tile,
      int parts,
      int depth,
      DevicePointer a,
      DevicePointer b,
      DevicePointer bias,
      boolean accumulate,
      DevicePointer c) {
    Grid grid = Grid.of(Math.ceilDiv(p.n, tile), Math.ceilDiv(p.m, tile), parts, THREADS);
    int add = accumulate ? 1 : 0;
    boolean large = tile == LARGE;
    switch (p.layout) {
      case NT -> {
        if (large) {
          kernels.matmulNt128F32(grid, a, b, bias, c, p.m, p.n, p.k, depth, add);
        } else {
          kernels.matmulNt64F32(grid, a, b, bias, c, p.m, p.n, p.k, depth, add);
        }
      }
      case NN -> {
        if (large) {
          kernels.matmulNn128F32(grid, a, b, bias, c, p.m, p.n, p.k, depth, add);
        } else {
          kernels.matmulNn64F32(grid, a, b, bias, c, p.m, p.n, p.k, depth, add);
        }
      }
      case TN -> {
        if (large) {
          kernels.matmulTn128F32(grid, a, b, bias, c, p.m, p.n, p.k, depth, add);
        } else {
          kernels.matmulTn64F32(grid, a, b, bias, c, p.m, p.n, p.k, depth, add);
        }
      }
    }
  }
}
