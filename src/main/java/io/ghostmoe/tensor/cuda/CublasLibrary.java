package io.ghostmoe.tensor.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The functions of one cuBLAS that was loaded, called as C has them. Not through JCublas: its
 * native part wants the versioned symbols of CUDA 12's library, for which CUDA 13's cannot stand
 * in. These functions are declared alike in both.
 *
 * <p>What is loaded stays loaded: a library of CUDA's may have threads and things to do at exit.
 */
@SuppressWarnings("restricted") // to call it is what this is for
final class CublasLibrary {
  private static final int MAJOR_VERSION = 0;
  private static final int MINOR_VERSION = 1;

  /** Sums in the type of the accumulator, never in a narrower one of the result. */
  private static final int NO_REDUCED_PRECISION_REDUCTION = 16;

  private static final int R_32F = 0;
  private static final int R_16BF = 14;

  /** Single precision for all that is computed: TF32 is a type of its own, 77. */
  private static final int COMPUTE_32F = 68;

  private static final int GEMM_DEFAULT = -1;

  private static final MethodHandle PROPERTY = function(JAVA_INT, ADDRESS);
  private static final MethodHandle STATUS_NAME =
      Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(ADDRESS, JAVA_INT));
  private static final MethodHandle CREATE = function(ADDRESS);
  private static final MethodHandle DESTROY = function(JAVA_LONG);
  private static final MethodHandle SET_STREAM = function(JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SET_WORKSPACE = function(JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle SET_MATH_MODE = function(JAVA_LONG, JAVA_INT);

  /**
   * cublasStatus_t cublasGemmEx(handle, transa, …): pointers go as integers, which C cannot tell.
   */
  private static final MethodHandle GEMM =
      function(
          JAVA_LONG, // handle
          JAVA_INT, // transa
          JAVA_INT, // transb
          JAVA_INT, // m
          JAVA_INT, // n
          JAVA_INT, // k
          JAVA_LONG, // alpha
          JAVA_LONG, // A
          JAVA_INT, // its type
          JAVA_INT, // lda
          JAVA_LONG, // B
          JAVA_INT, // its type
          JAVA_INT, // ldb
          JAVA_LONG, // beta
          JAVA_LONG, // C
          JAVA_INT, // its type
          JAVA_INT, // ldc
          JAVA_INT, // computeType
          JAVA_INT); // algo

  private final MemorySegment property;
  private final MemorySegment statusName;
  private final MemorySegment create;
  private final MemorySegment destroy;
  private final MemorySegment setStream;
  private final MemorySegment setWorkspace;
  private final MemorySegment setMathMode;
  private final MemorySegment gemm;
  private final long zero = scalar(0);
  private final long one = scalar(1);

  private CublasLibrary(SymbolLookup library) {
    property = library.findOrThrow("cublasGetProperty");
    statusName = library.findOrThrow("cublasGetStatusName");
    create = library.findOrThrow("cublasCreate_v2");
    destroy = library.findOrThrow("cublasDestroy_v2");
    setStream = library.findOrThrow("cublasSetStream_v2");
    setWorkspace = library.findOrThrow("cublasSetWorkspace_v2");
    setMathMode = library.findOrThrow("cublasSetMathMode");
    gemm = library.findOrThrow("cublasGemmEx");
  }

  /**
   * {@return the library, nothing where the loader does not load it}
   *
   * @param library for the loader, a name or a path
   * @throws CudaFailure where what was loaded is something else
   */
  static Optional<CublasLibrary> load(String library) {
    try {
      return Optional.of(new CublasLibrary(SymbolLookup.libraryLookup(library, Arena.global())));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    } catch (NoSuchElementException e) {
      throw new CudaFailure("not the cuBLAS of CUDA 12 or 13: " + e.getMessage());
    }
  }

  private static MethodHandle function(MemoryLayout... parameters) {
    return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, parameters));
  }

  /** The address of a number that is there for good. */
  private static long scalar(float value) {
    return Arena.global().allocateFrom(JAVA_FLOAT, value).address();
  }

  /** A call of C: what it throws would be a bug of the binding. */
  private interface Call {
    int run() throws Throwable;
  }

  private static int run(Call call) {
    try {
      return call.run();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private void check(String function, Call call) {
    int status = run(call);
    if (status != 0) {
      throw new CudaFailure("%s: %s".formatted(function, status(status)));
    }
  }

  /** {@return the name of what a function returned} */
  String status(int status) {
    try {
      MemorySegment name = (MemorySegment) STATUS_NAME.invokeExact(statusName, status);
      return name.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  int majorVersion() {
    return version(MAJOR_VERSION);
  }

  int minorVersion() {
    return version(MINOR_VERSION);
  }

  private int version(int part) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      check("cublasGetProperty", () -> (int) PROPERTY.invokeExact(property, part, value));
      return value.get(JAVA_INT, 0);
    }
  }

  /** {@return a new handle, of the context that is current} */
  long create() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ValueLayout.JAVA_LONG);
      check("cublasCreate_v2", () -> (int) CREATE.invokeExact(create, handle));
      return handle.get(JAVA_LONG, 0);
    }
  }

  void destroy(long handle) {
    check("cublasDestroy_v2", () -> (int) DESTROY.invokeExact(destroy, handle));
  }

  void setStream(long handle, DeviceStream stream) {
    check(
        "cublasSetStream_v2",
        () -> (int) SET_STREAM.invokeExact(setStream, handle, stream.address()));
  }

  void setWorkspace(long handle, DevicePointer workspace, long bytes) {
    check(
        "cublasSetWorkspace_v2",
        () -> (int) SET_WORKSPACE.invokeExact(setWorkspace, handle, workspace.address(), bytes));
  }

  void setMathMode(long handle) {
    check(
        "cublasSetMathMode",
        () -> (int) SET_MATH_MODE.invokeExact(setMathMode, handle, NO_REDUCED_PRECISION_REDUCTION));
  }

  /**
   * {@code C (+)= op(A)·op(B)} of matrices by columns, in single precision; does not wait.
   *
   * @param transposeA whether op(A) is the transpose, 0 or 1; likewise B
   * @param bf16 whether A and B are of bfloat16
   * @return the status, 0 where all is well
   */
  int gemm(
      long handle,
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      DevicePointer a,
      int aStride,
      DevicePointer b,
      int bStride,
      boolean bf16,
      boolean accumulate,
      DevicePointer c,
      int cStride) {
    int type = bf16 ? R_16BF : R_32F;
    try {
      return (int)
          GEMM.invokeExact(
              gemm,
              handle,
              transposeA,
              transposeB,
              m,
              n,
              k,
              one,
              a.address(),
              type,
              aStride,
              b.address(),
              type,
              bStride,
              accumulate ? one : zero,
              c.address(),
              R_32F,
              cStride,
              COMPUTE_32F,
              GEMM_DEFAULT);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
