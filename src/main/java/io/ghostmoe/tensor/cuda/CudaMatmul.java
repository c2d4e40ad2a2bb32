package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Products of matrices: rounds their operands where that is asked for, and has cuBLAS multiply the
 * large ones where it is there, this program's own kernels all others.
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

    /** The smallest extent, which says how large a product is. */
    int least() {
      return Math.min(m, Math.min(n, k));
    }

    /** So many multiplications, and additions, it is. */
    long multiplications() {
      return (long) m * n * k;
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
  }

  private final CudaContext cuda;
  private final CudaRounding rounding;
  private final TiledMatmul own;
  private final @Nullable CublasMatmul cublas;

  /**
   * Products on a device.
   *
   * @param cublas for large ones, where it is there
   */
  CudaMatmul(CudaContext cuda, CudaRounding rounding, @Nullable CublasMatmul cublas) {
    this.cuda = cuda;
    this.rounding = rounding;
    this.cublas = cublas;
    own = new TiledMatmul(cuda);
  }

  private MatmulEngine engine(Product p, boolean rounded) {
    return cublas != null && cublas.takes(p, rounded) ? cublas : own;
  }

  /** Whether the operands of a product are to be rounded, here or by the caller. */
  boolean rounds(Product p) {
    return cuda.precision().rounds(p.m, p.n, p.k);
  }

  /** As {@link MatmulEngine#multiply}, the operands of a large product rounded where need be. */
  void multiply(
      Product p, Matrix a, Matrix b, DevicePointer bias, boolean accumulate, DevicePointer c) {
    boolean rounds = !a.rounded && rounds(p);
    MatmulEngine engine = engine(p, a.rounded || rounds);
    if (!rounds) {
      engine.multiply(p, a, b, bias, accumulate, c);
      return;
    }
    try (CudaBuffer left = rounding.round(a, p.aRows(), p.aWidth());
        CudaBuffer right = rounding.round(b, p.bRows(), p.bWidth())) {
      Matrix x = CudaRounding.matrix(left, p.aWidth());
      Matrix y = CudaRounding.matrix(right, p.bWidth());
      engine.multiply(p, x, y, bias, accumulate, c);
    }
  }
}
