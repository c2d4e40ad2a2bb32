package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.cuda.CudaMatmul.Layout;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;

/**
 * Products by this program's own kernels, in tiles. How one is cut, into tiles and parts of K, is a
 * function of its shape alone, so that its bits are too.
 */
final class TiledMatmul implements MatmulEngine {
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
   * @param edge of a tile, and threads of a block
   * @param sharedBytes of a block, where they are given at the launch
   */
  private record Tiles(int edge, int sharedBytes, Launcher nt, Launcher nn, Launcher tn) {
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

  /** Steps of K of both operands that a rounded product keeps in shared memory. */
  private static final int STAGES = 3;

  /** Shared memory of a rounded product's block: BF16_SHARED of its kernels. */
  static final int ROUNDED_BYTES = STAGES * 2 * LARGE * DEPTH_STEP * DType.BF16.bytes();

  private final CudaContext cuda;
  private final MatmulKernels kernels;
  private final Tiles large;
  private final Tiles small;
  private final Tiles rounded;

  TiledMatmul(CudaContext cuda) {
    this.cuda = cuda;
    MatmulKernels f32 = new MatmulKernels(cuda);
    MatmulBf16Kernels bf16 = new MatmulBf16Kernels(cuda);
    kernels = f32;
    large = new Tiles(LARGE, 0, f32::matmulNt128F32, f32::matmulNn128F32, f32::matmulTn128F32);
    small = new Tiles(SMALL, 0, f32::matmulNt64F32, f32::matmulNn64F32, f32::matmulTn64F32);
    rounded =
        new Tiles(LARGE, ROUNDED_BYTES, bf16::matmulNtBf16, bf16::matmulNnBf16, bf16::matmulTnBf16);
  }

  /** Whether so many large tiles are enough; small ones are four times as many. */
  static boolean isEnough(long largeTiles) {
    return largeTiles >= ENOUGH_BLOCKS;
  }

  private static long count(Product p, int tile) {
    return (long) Math.ceilDiv(p.m(), tile) * Math.ceilDiv(p.n(), tile);
  }

  /** Into how many parts K can be cut, deep enough for each to be worth a block. */
  private static long mostParts(Product p) {
    return Math.max(1, p.k() / LEAST_DEPTH);
  }

  private Tiles tiles(Product p) {
    return isEnough(count(p, LARGE) * mostParts(p)) ? large : small;
  }

  @Override
  public void multiply(
      Product p, Matrix a, Matrix b, DevicePointer bias, boolean accumulate, DevicePointer c) {
    Tiles tiles = a.rounded() ? rounded : tiles(p);
    int depth = depth(p, Math.max(1, count(p, tiles.edge)));
    int parts = Math.max(1, Math.ceilDiv(p.k(), depth));
    int add = accumulate ? 1 : 0;
    int across = Math.ceilDiv(p.n(), tiles.edge);
    int down = Math.ceilDiv(p.m(), tiles.edge);
    Grid grid = Grid.of(across, down, parts, tiles.edge).shared(tiles.sharedBytes);
    if (parts == 1) {
      launch(p, tiles, grid, a, b, bias, c, p.cStride(), depth, add);
      return;
    }
    long elements = (long) p.m() * p.n();
    try (CudaBuffer partials = cuda.scratch(4 * elements * parts)) {
      DevicePointer sums = partials.pointer();
      launch(p, tiles, grid, a, b, bias, sums, p.n(), depth, 0);
      kernels.matmulAddPartialsF32(
          Grid.covering(elements, THREADS), sums, bias, c, p.m(), p.n(), p.cStride(), parts, add);
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
        .of(p.layout())
        .launch(
            grid,
            a.at(),
            b.at(),
            bias,
            c,
            p.m(),
            p.n(),
            p.k(),
            a.stride(),
            b.stride(),
            cStride,
            depth,
            add);
  }

  /** How much of K a block takes: all of it, unless there are few blocks and it is deep. */
  private static int depth(Product p, long blocks) {
    int parts = (int) Math.min(mostParts(p), Math.max(1, 2 * ENOUGH_BLOCKS / blocks));
    return Math.max(1, Math.ceilDiv(Math.ceilDiv(p.k(), parts), DEPTH_STEP)) * DEPTH_STEP;
  }
}
