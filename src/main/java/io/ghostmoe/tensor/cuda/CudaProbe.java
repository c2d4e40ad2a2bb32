package io.ghostmoe.tensor.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a GPU that this version can use, without a word and without JCuda: where there is no
 * driver, JCuda's first touch throws an error that its classes never recover from. Looks once; ask
 * a new object after the machine has changed.
 */
@SuppressWarnings("restricted") // to call the driver is what it is for
public final class CudaProbe {
  /** The driver of CUDA 12.0 (R525), the first that takes the kernels' PTX 8.0. */
  static final int OLDEST_DRIVER = 12_000;

  /** The compute capability that the kernels are compiled for, as major·10 + minor. */
  static final int OLDEST_CAPABILITY = 75;

  private static final int NO_DEVICE = 100;
  private static final int MULTIPROCESSORS = 16;
  private static final int MAJOR = 75;
  private static final int MINOR = 76;

  private final String library;
  private @Nullable Finding finding;

  /** What was found. */
  public sealed interface Finding {}

  /**
   * GPUs that can be used.
   *
   * @param driver version of CUDA that the driver supports, for example 12.4
   * @param gpus that are recent enough, at least one
   */
  public record Found(String driver, List<Gpu> gpus) implements Finding {}

  /**
   * None that can be used.
   *
   * @param cause the one thing that is missing
   * @param remedy the one step that mends it
   */
  public record Missing(String cause, String remedy) implements Finding {}

  /** A probe of this machine. */
  public CudaProbe() {
    this("libcuda.so.1");
  }

  CudaProbe(String library) {
    this.library = library;
  }

  /** {@return what there is, found out at the first call} */
  public Finding look() {
    Finding found = finding;
    if (found == null) {
      found = search();
      finding = found;
    }
    return found;
  }

  private Finding search() {
    String machine = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!machine.equals("Linux amd64")) {
      return new Missing(
          "GPUs are used on Linux on x86-64 alone, and this is " + machine,
          "run it on such a machine");
    }
    try (Arena arena = Arena.ofConfined()) {
      return new Search(SymbolLookup.libraryLookup(library, arena), arena).run();
    } catch (IllegalArgumentException e) {
      return new Missing(
          "no NVIDIA driver (%s cannot be loaded)".formatted(library),
          "install NVIDIA's driver, R525 or newer");
    }
  }

  /** One look through the driver's own functions. */
  private static final class Search {
    private final SymbolLookup driver;
    private final Arena arena;
    private final MemorySegment number;

    Search(SymbolLookup driver, Arena arena) {
      this.driver = driver;
      this.arena = arena;
      this.number = arena.allocate(ValueLayout.JAVA_LONG);
    }

    Finding run() {
      int initialised = call("cuInit", 0);
      int version = read("cuDriverGetVersion");
      String text = "%d.%d".formatted(version / 1000, version % 1000 / 10);
      if (initialised == NO_DEVICE || (initialised == 0 && read("cuDeviceGetCount") == 0)) {
        return new Missing(
            "the driver is there and finds no NVIDIA GPU", "make the GPU visible to this process");
      }
      if (initialised != 0) {
        return new Missing(
            "the NVIDIA driver does not start (cuInit: error %d)".formatted(initialised),
            "see what nvidia-smi says");
      }
      if (version < OLDEST_DRIVER) {
        return new Missing(
            "the NVIDIA driver is too old (for CUDA %s; the kernels need 12.0)".formatted(text),
            "install driver R525 or newer");
      }
      return choose(text);
    }

    private Finding choose(String version) {
      List<Gpu> good = new ArrayList<>();
      List<Gpu> old = new ArrayList<>();
      int count = read("cuDeviceGetCount");
      for (int i = 0; i < count; i++) {
        Gpu gpu = gpu(i);
        (gpu.major() * 10 + gpu.minor() < OLDEST_CAPABILITY ? old : good).add(gpu);
      }
      return good.isEmpty()
          ? new Missing(
              "the GPU is too old (%s; the kernels need 7.5)".formatted(old.getFirst()),
              "use a GPU of the Turing generation or newer")
          : new Found(version, List.copyOf(good));
    }

    private Gpu gpu(int index) {
      call("cuDeviceGet", number, index);
      int device = number.get(ValueLayout.JAVA_INT, 0);
      MemorySegment name = arena.allocate(256);
      call("cuDeviceGetName", name, 256, device);
      call("cuDeviceTotalMem_v2", number, device);
      return new Gpu(
          index,
          name.getString(0),
          attribute(MAJOR, device),
          attribute(MINOR, device),
          number.get(ValueLayout.JAVA_LONG, 0),
          attribute(MULTIPROCESSORS, device));
    }

    private int attribute(int attribute, int device) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      call("cuDeviceGetAttribute", value, attribute, device);
      return value.get(ValueLayout.JAVA_INT, 0);
    }

    /** What a function writes to its only argument; 0 where it fails. */
    private int read(String function) {
      number.set(ValueLayout.JAVA_LONG, 0, 0);
      return call(function, number) == 0 ? number.get(ValueLayout.JAVA_INT, 0) : 0;
    }

    private int call(String function, Object... arguments) {
      FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_INT);
      for (Object argument : arguments) {
        type =
            type.appendArgumentLayouts(
                argument instanceof MemorySegment ? ValueLayout.ADDRESS : ValueLayout.JAVA_INT);
      }
      MemorySegment address = driver.findOrThrow(function);
      try {
        return (int)
            Linker.nativeLinker().downcallHandle(address, type).invokeWithArguments(arguments);
      } catch (Throwable e) {
        throw new IllegalStateException(function, e); // no checked exception comes of a C function
      }
    }
  }
}
