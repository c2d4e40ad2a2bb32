package io.ghostmoe.device;

import io.ghostmoe.base.UserException;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.tensor.cuda.CublasFinding;
import io.ghostmoe.tensor.cuda.CudaBackend;
import io.ghostmoe.tensor.cuda.CudaFailure;
import io.ghostmoe.tensor.cuda.CudaProbe;
import io.ghostmoe.tensor.cuda.Gpu;
import io.ghostmoe.tensor.cuda.Precision;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A backend that was selected, and why.
 *
 * @param backend to compute on; closed with this
 * @param reason one line for people
 */
public record Device(Backend backend, String reason) implements AutoCloseable {
  /** The module of the Vector API, which the launcher adds. */
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** What a user may ask for. */
  public enum Choice {
    /** The fastest that is there. */
    AUTO,
    /** The CPU. */
    CPU,
    /** An NVIDIA GPU or nothing. */
    CUDA
  }

  /**
   * As {@link #select(Choice, Precision, int)}, with nothing rounded.
   *
   * @param choice what the user asked for
   * @param threads that compute on the CPU, the calling one included, 1 or more
   * @return the device, which the caller closes
   */
  public static Device select(Choice choice, int threads) {
    return select(choice, Precision.FP32, threads);
  }

  /**
   * Selects a backend; a device that was named is used or refused, never replaced by another.
   *
   * @param choice what the user asked for
   * @param precision of large products; the CPU's is single
   * @param threads that compute on the CPU, the calling one included, 1 or more; without vectors
   *     there is only one
   * @return the device, which the caller closes
   * @throws UserException where the device that was named is not there, or cannot round so
   */
  public static Device select(Choice choice, Precision precision, int threads) {
    return switch (choice) {
      case CUDA -> cuda(new CudaProbe().look(), precision);
      case CPU -> cpu(threads, precision, "as asked");
      case AUTO -> fastest(new CudaProbe().look(), precision, threads);
    };
  }

  static Device cuda(CudaProbe.Finding finding, Precision precision) {
    return switch (finding) {
      case CudaProbe.Found found -> cuda(found, precision, "as asked");
      case CudaProbe.Missing(String cause, String remedy) ->
          throw UserException.environment(
              "--device cuda: %s: %s, or pass --device cpu or auto".formatted(cause, remedy));
    };
  }

  private static Device cuda(CudaProbe.Found found, Precision precision, String why) {
    Gpu gpu = found.gpus().getFirst();
    requireRunsOn(gpu, precision);
    Backend backend = CudaBackend.on(gpu, precision);
    return new Device(backend, "%s (%s)".formatted(backend.description(), why));
  }

  private static void requireRunsOn(Gpu gpu, Precision precision) {
    if (!precision.runsOn(gpu)) {
      throw UserException.input(
          "--precision bf16: %s: 8.0 or higher has tensor cores for it: pass --precision fp32"
              .formatted(gpu));
    }
  }

  static Device fastest(CudaProbe.Finding finding, Precision precision, int threads) {
    return switch (finding) {
      case CudaProbe.Found found -> cudaOrCpu(found, precision, threads);
      case CudaProbe.Missing missing -> cpu(threads, precision, "no GPU: " + missing.cause());
    };
  }

  /** A GPU that others have filled, or that is for others alone, is no reason not to begin. */
  private static Device cudaOrCpu(CudaProbe.Found found, Precision precision, int threads) {
    requireRunsOn(found.gpus().getFirst(), precision); // the CPU would refuse it too, less clearly
    try {
      return cuda(found, precision, "the fastest here");
    } catch (CudaFailure | UserException e) {
      return cpu(threads, precision, "the GPU cannot be used: " + e.getMessage());
    }
  }

  /**
   * {@return the bits of the vectors that the CPU's backend uses; empty where it computes without}
   */
  public static OptionalInt vectorBits() {
    return hasVectors() ? OptionalInt.of(VectorBackend.vectorBits()) : OptionalInt.empty();
  }

  private static boolean hasVectors() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static Device cpu(int threads, Precision precision, String why) {
    if (precision != Precision.FP32) {
      throw UserException.input(
          "--precision bf16: the CPU computes in fp32 (%s): pass --precision fp32, or train on a GPU"
              .formatted(why));
    }
    if (hasVectors()) {
      Backend backend = new VectorBackend(threads);
      return new Device(backend, "%s (%s)".formatted(backend.description(), why));
    }
    Backend backend = ScalarBackend.float32();
    return new Device(
        backend,
        "%s (slow: start java with --add-modules %s for vectors)"
            .formatted(backend.description(), VECTOR_MODULE));
  }

  /** {@return whether a GPU computes} */
  public boolean isGpu() {
    return backend instanceof CudaBackend;
  }

  /** {@return whether cuBLAS multiplies the GPU's large matrices; empty where none computes} */
  public Optional<CublasFinding> cublas() {
    return backend instanceof CudaBackend gpu ? Optional.of(gpu.cublas()) : Optional.empty();
  }

  /**
   * {@return another backend like this one, for one thread, which the caller closes; empty unless
   * this one computes with the CPU's vectors}
   */
  public Optional<Backend> twin() {
    return backend instanceof VectorBackend ? Optional.of(new VectorBackend(1)) : Optional.empty();
  }

  /**
   * {@return bytes of memory that a run may use: the GPU's, or what Java may take of the machine's}
   */
  public long memoryBytes() {
    return backend instanceof CudaBackend gpu
        ? gpu.gpu().memoryBytes()
        : Runtime.getRuntime().maxMemory();
  }

  @Override
  public void close() {
    backend.close();
  }
}
