package io.ghostmoe.tensor.cuda;

import io.ghostmoe.base.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which cuBLAS is to multiply large matrices. None has to be there, and one that does not start is
 * no reason to stop: then this program's own kernels multiply, and what is found says why.
 *
 * @param libraries to try in this order, names for the loader or paths
 * @param cause why none is used, where none of them is
 * @param share which products it gets
 */
record CublasSearch(List<String> libraries, String cause, Share share) {
  /** The system property that names the library by its path, or says {@code off}. */
  static final String PROPERTY = "ghostmoe.cublas";

  private static final String OFF = "off";

  /** The newest first: one that the driver is too old for does not start, and the next is tried. */
  private static final List<String> NAMES = List.of("libcublas.so.13", "libcublas.so.12");

  /** By these the user of a machine has every cuBLAS compute float32 in something else. */
  private static final List<String> OTHER_ARITHMETIC =
      List.of("NVIDIA_TF32_OVERRIDE", "CUBLAS_EMULATE_SINGLE_PRECISION");

  /** Which products it gets. */
  enum Share {
    /** Those that it was measured to be the faster at. */
    LARGE,
    /** All, to compare or to test it. */
    ALL
  }

  /** What was found, and the engine where that is one. */
  record Result(CublasFinding finding, @Nullable CublasMatmul engine) {}

  CublasSearch {
    libraries = List.copyOf(libraries);
  }

  /** What this process was asked for. */
  static CublasSearch ofProcess() {
    return of(System.getProperty(PROPERTY, ""), NvidiaFolders.ofMachine());
  }

  /** No library. */
  static CublasSearch off() {
    return none("%s=%s".formatted(PROPERTY, OFF));
  }

  private static CublasSearch none(String cause) {
    return new CublasSearch(List.of(), cause, Share.LARGE);
  }

  /**
   * What is asked for.
   *
   * @param asked the property's value, empty where it is not set
   * @param folders to look into
   */
  static CublasSearch of(String asked, NvidiaFolders folders) {
    if (asked.equals(OFF)) {
      return off();
    }
    for (String variable : OTHER_ARITHMETIC) {
      String value = folders.environment().getOrDefault(variable, "0");
      if (!value.equals("0")) {
        return none("%s=%s would have it compute in another precision".formatted(variable, value));
      }
    }
    if (!asked.isEmpty()) {
      return new CublasSearch(List.of(asked), asked + " cannot be loaded", Share.LARGE);
    }
    List<String> libraries = new ArrayList<>();
    for (String name : NAMES) {
      libraries.add(name);
      folders.find(name).stream().map(Path::toString).forEach(libraries::add);
    }
    return new CublasSearch(
        libraries, "no %s that can be loaded".formatted(String.join(" or ", NAMES)), Share.LARGE);
  }

  /** The same for all products. */
  CublasSearch forAll() {
    return new CublasSearch(libraries, cause, Share.ALL);
  }

  /** Opens the first library that works on a device. */
  Result open(CudaContext cuda) {
    List<String> failures = new ArrayList<>();
    for (String name : libraries) {
      try {
        Optional<CublasLibrary> library = CublasLibrary.load(name);
        if (library.isPresent()) {
          CublasMatmul engine = new CublasMatmul(cuda, library.get(), share);
          return new Result(new CublasFinding.Used(engine.version(), name), engine);
        }
      } catch (CudaFailure | UserException e) {
        failures.add("%s: %s".formatted(name, e.getMessage()));
      }
    }
    String why = failures.isEmpty() ? cause : failures.getFirst();
    return new Result(new CublasFinding.Unused(why), null);
  }
}
