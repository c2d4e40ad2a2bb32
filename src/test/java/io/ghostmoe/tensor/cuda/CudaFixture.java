package io.ghostmoe.tensor.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Optional;

/** The GPU that tests run on, be it the emulated one, which can do what no other can. */
@SuppressWarnings("restricted") // asks the driver what it is
public final class CudaFixture {
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

  /** A backend whose driver sees each misuse of memory; a real GPU knows no order of threads. */
  public static CudaBackend backend(Order order) {
    CudaBackend backend = CudaBackend.unpooled(gpu());
    emulator("ghostmoe_emulator_order").ifPresent(function -> setOrder(function, order));
    return backend;
  }

  /** {@return whether the driver is the emulator} */
  static boolean isEmulated() {
    return emulator("ghostmoe_emulator_order").isPresent();
  }

  private static Optional<MemorySegment> emulator(String function) {
    return SymbolLookup.libraryLookup("libcuda.so.1", Arena.global()).find(function);
  }

  private static void setOrder(MemorySegment function, Order order) {
    try (Arena arena = Arena.ofConfined()) {
      Linker.nativeLinker()
          .downcallHandle(function, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS))
          .invokeWithArguments(arena.allocateFrom(order.name().toLowerCase(Locale.ROOT)));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
