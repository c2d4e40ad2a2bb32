package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.cuda.CudaMatmul.Layout;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import jcuda.driver.CUevent;

/**
 * Large products by NVIDIA's cuBLAS, in the precision of our own kernels: float32 operands are
 * multiplied as such (no TF32), bfloat16 ones are summed in float32.
 *
 * <p>The same products give the same bits on every run on GPUs of one model with one version of the
 * library. That is cuBLAS's promise (User Guide, "Results Reproducibility") for one stream, which
 * is all there is here; its workspace, on which the choice of an algorithm depends, is of our own
 * and always of one size. They are not the bits of our kernels, nor those of another version.
 */
final class CublasMatmul implements MatmulEngine {
  private static final int OLDEST_MAJOR = 12;
  private static final int NEWEST_MAJOR = 13;

  /** What NVIDIA recommends for Hopper; older GPUs make do with less. */
  private static final long WORKSPACE_BYTES = 32L << 20;

  private static final int LEAST_EXTENT = 32;
  private static final int LEAST_ROUNDED_EXTENT = 512;
  private static final long LEAST_MULTIPLICATIONS = 1L << 27;
  private static final int THREADS = 256;
  private static final DevicePointer NONE = new DevicePointer();

  private final CudaContext cuda;
  private final CublasLibrary library;
  private final String version;
  private final CublasSearch.Share share;
  private final MatmulKernels kernels;
  private final long handle;
  private final Map<Layout, CallSignature> single = signatures("f32");
  private final Map<Layout, CallSignature> rounded = signatures("bf16");

  /**
   * A library in use until the context is closed.
   *
   * @param share which products it gets
   * @throws CudaFailure where it does not start
   */
  CublasMatmul(CudaContext cuda, CublasLibrary library, CublasSearch.Share share) {
    this.cuda = cuda;
    this.library = library;
    this.share = share;
    int major = library.majorVersion();
    version = "%d.%d".formatted(major, library.minorVersion());
    if (major < OLDEST_MAJOR || major > NEWEST_MAJOR) {
      throw new CudaFailure("cuBLAS %s, where 12 or 13 is needed".formatted(version));
    }
    kernels = new MatmulKernels(cuda);
    Releases made = new Releases();
    try {
      CudaBuffer workspace = cuda.scratch(WORKSPACE_BYTES);
      made.add(workspace::close);
      long created = library.create();
      made.add(() -> library.destroy(created));
      library.setStream(created, cuda.stream()); // first: it takes a workspace away
      library.setWorkspace(created, workspace.pointer(), WORKSPACE_BYTES);
      library.setMathMode(created);
      handle = created;
    } catch (RuntimeException | Error e) {
      made.closeAfter(e);
      throw e;
    }
    cuda.owns(made::close);
  }

  private static Map<Layout, CallSignature> signatures(String type) {
    Map<Layout, CallSignature> signatures = new EnumMap<>(Layout.class);
    for (Layout layout : Layout.values()) {
      String name = "cublas_%s_%s".formatted(layout.name().toLowerCase(Locale.ROOT), type);
      signatures.put(
          layout,
          new CallSignature(
              name,
              "i m",
              "i n",
              "i k",
              "p a",
              "i aStride",
              "p b",
              "i bStride",
              "p c",
              "i cStride",
              "i accumulate"));
    }
    return signatures;
  }

  /** {@return the library's version, for example 13.1} */
  String version() {
    return version;
  }

  /**
   * Whether a product gains by it. Measured on an H200: in float32 it is ahead from {@value
   * #LEAST_EXTENT} on, given enough work to hide the cost of its launches. Rounded, our kernels are
   * as fast or faster at the head's chunks of a few hundred rows and at what has a narrow side, but
   * for gradients of weights.
   */
  boolean takes(Product p, boolean rounded) {
    if (share == CublasSearch.Share.ALL) {
      return true;
    }
    return rounded
        ? p.least() >= (p.layout() == Layout.TN ? LEAST_ROUNDED_EXTENT / 2 : LEAST_ROUNDED_EXTENT)
        : p.least() >= LEAST_EXTENT && p.multiplications() >= LEAST_MULTIPLICATIONS;
  }

  @Override
  public void multiply(
      Product p, Matrix a, Matrix b, DevicePointer bias, boolean accumulate, DevicePointer c) {
    boolean adds = accumulate;
    if (bias.address() != 0) {
      // cuBLAS adds a product to what c is: first the bias, which is the sum of no parts
      kernels.matmulAddPartialsF32(
          Grid.covering((long) p.m() * p.n(), THREADS),
          NONE,
          bias,
          c,
          p.m(),
          p.n(),
          p.cStride(),
          0,
          accumulate ? 1 : 0);
      adds = true;
    }
    CallSignature call = note(p, a, b, adds, c);
    LaunchTimes times = cuda.times();
    CUevent begin = times == null ? null : times.begin();
    int status = gemm(p, a, b, adds, c);
    if (status != 0) {
      throw new CudaFailure(
          "cublasGemmEx: %s: %s"
              .formatted(library.status(status), cuda.driver().launches().suspects()));
    }
    if (times != null && begin != null) {
      times.end(call.name(), begin);
    }
  }

  /**
   * What lies by rows here is the transpose for cuBLAS, to which everything lies by columns; so it
   * makes the transpose of c, of b's times a's.
   */
  private int gemm(Product p, Matrix a, Matrix b, boolean accumulate, DevicePointer c) {
    return library.gemm(
        handle,
        p.layout() == Layout.NT ? 1 : 0,
        p.layout() == Layout.TN ? 1 : 0,
        p.n(),
        p.m(),
        p.k(),
        b.at(),
        b.stride(),
        a.at(),
        a.stride(),
        a.rounded(),
        accumulate,
        c,
        p.cStride());
  }

  /** Writes a call down for who looks for the one to blame. */
  private CallSignature note(Product p, Matrix a, Matrix b, boolean accumulate, DevicePointer c) {
    Map<Layout, CallSignature> signatures = a.rounded() ? rounded : single;
    CallSignature call = Objects.requireNonNull(signatures.get(p.layout()));
    ArgumentBlock arguments = cuda.arguments();
    arguments.clear();
    arguments.integer(p.m());
    arguments.integer(p.n());
    arguments.integer(p.k());
    arguments.pointer(a.at());
    arguments.integer(a.stride());
    arguments.pointer(b.at());
    arguments.integer(b.stride());
    arguments.pointer(c);
    arguments.integer(p.cStride());
    arguments.integer(accumulate ? 1 : 0);
    cuda.driver().launches().add(call, null, arguments.noted());
    return call;
  }
}
