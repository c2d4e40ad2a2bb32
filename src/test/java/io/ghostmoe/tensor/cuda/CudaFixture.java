package io.ghostmoe.tensor.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The GPU that tests run on, be it the emulated one, which can do what no other can. */
@SuppressWarnings("restricted") // asks the driver what it is
public final class CudaFixture {
  private static final FunctionDescriptor VOID_OF_TEXT =
      FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);
  private static final FunctionDescriptor VOID_OF_TEXT_AND_INT =
      FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final FunctionDescriptor INT = FunctionDescriptor.of(ValueLayout.JAVA_INT);

  private CudaFixture() {}

  /** In which order the emulator lets the threads of a block go on. */
  public enum Order {
    /** By index. */
    FORWARD,
    /** By index, from the last. */
    REVERSE,
    /** Drawn. */
    RANDOM,
    /** The one that became ready last goes first. */
    LIFO
  }

  /** {@return the first GPU; these tests are run only where there is one} */
  public static Gpu gpu() {
    return switch (new CudaProbe().look()) {
      case CudaProbe.Found found -> found.gpus().getFirst();
      case CudaProbe.Missing missing -> throw new AssertionError(missing.toString());
    };
  }

  /** A backend without cuBLAS. */
  public static CudaBackend ownKernels() {
    return CudaBackend.on(gpu(), Precision.FP32, CublasSearch.off());
  }

  /** A backend with cuBLAS, where it is to be found, for every product. */
  public static CudaBackend cublas() {
    return withCublas(CudaBackend.on(gpu(), Precision.FP32, everyProduct()));
  }

  /** A backend without cuBLAS whose driver sees each misuse of memory. */
  static CudaBackend strict(Precision precision) {
    return CudaBackend.unpooled(gpu(), precision, CublasSearch.off());
  }

  /** As {@link #strict}, with cuBLAS for every product. */
  static CudaBackend strictCublas(Precision precision) {
    return withCublas(CudaBackend.unpooled(gpu(), precision, everyProduct()));
  }

  private static CublasSearch everyProduct() {
    return CublasSearch.ofProcess().forAll();
  }

  private static CudaBackend withCublas(CudaBackend backend) {
    if (backend.cublas() instanceof CublasFinding.Unused(String cause)) {
      backend.close();
      throw new AssertionError("no cuBLAS: " + cause);
    }
    return backend;
  }

  /** As {@link #strict}; a real GPU knows no order of threads. */
  public static CudaBackend backend(Order order) {
    return backend(order, Precision.FP32);
  }

  /** The same with products of a precision. */
  static CudaBackend backend(Order order, Precision precision) {
    CudaBackend backend = strict(precision);
    String name = order.name().toLowerCase(Locale.ROOT);
    emulator("ghostmoe_emulator_order").ifPresent(function -> call(function, VOID_OF_TEXT, name));
    return backend;
  }

  /**
   * Has one call of the emulated driver, or of cuBLAS on it, fail.
   *
   * @param function of theirs
   * @param before how many calls of it come first
   */
  static void fail(String function, int before) {
    call(emulator("ghostmoe_emulator_fail").orElseThrow(), VOID_OF_TEXT_AND_INT, function, before);
  }

  /** {@return how many things the emulated driver has made and not got back} */
  static int held() {
    return (int) call(emulator("ghostmoe_emulator_held").orElseThrow(), INT);
  }

  /** {@return whether the driver is the emulator} */
  static boolean isEmulated() {
    return emulator("ghostmoe_emulator_order").isPresent();
  }

  private static Optional<MemorySegment> emulator(String function) {
    return SymbolLookup.libraryLookup("libcuda.so.1", Arena.global()).find(function);
  }

  private static Object call(MemorySegment function, FunctionDescriptor type, Object... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      Object[] given =
          Arrays.stream(arguments)
              .map(value -> value instanceof String text ? arena.allocateFrom(text) : value)
              .toArray();
      return Linker.nativeLinker().downcallHandle(function, type).invokeWithArguments(given);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
