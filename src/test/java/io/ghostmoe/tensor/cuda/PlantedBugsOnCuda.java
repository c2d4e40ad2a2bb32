package io.ghostmoe.tensor.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.JavaProcess;
import io.ghostmoe.tensor.BackendParityTest;
import io.ghostmoe.tensor.cuda.CudaFixture.Order;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The net is known to hold: bugs that kernels have had since there are kernels, planted one at a
 * time in copies of ours, are each caught by the parity suite on the emulator.
 */
class PlantedBugsOnCuda {
  private static final Path KERNELS = Path.of("kernels");

  @TempDir Path project;

  /** A text of a source, what it is turned into, the test that must fail and what it must say. */
  enum Bug {
    /** A sum is read before the other warps have written theirs. */
    NO_BARRIER_BEFORE_READING(
        "norm.cu",
        "common.cuh",
        "    scratch[warp_id()] = value;\n  }\n  __syncthreads();\n  T sum",
        "    scratch[warp_id()] = value;\n  }\n  T sum",
        "normIsSummedInDouble",
        ""),
    /** One element behind the end. */
    OFF_BY_ONE(
        "fill.cu",
        "fill.cu",
        "if (tail < n)",
        "if (tail <= n)",
        "fillAndCopyAreExact",
        "outside of a buffer"),
    /** A parameter of 4 bytes where the launcher gives 8. */
    WRONG_WIDTH(
        "fill.cu",
        "fill.cu",
        "long long n, float value)",
        "int n, float value)",
        "fillAndCopyAreExact",
        "disagree on its parameters"),
    /** Half a warp at an exchange of the whole one. */
    DIVERGENT_EXCHANGE(
        "norm.cu",
        "common.cuh",
        """
          value = warp_sum(value);
          __syncthreads();
          if (lane_id() == 0) {
            scratch[warp_id()] = value;
          }
          __syncthreads();
          T sum = 0;
        """,
        """
          if (lane_id() < 16) value = warp_sum(value);
          __syncthreads();
          if (lane_id() == 0) {
            scratch[warp_id()] = value;
          }
          __syncthreads();
          T sum = 0;
        """,
        "normIsSummedInDouble",
        "diver|deadlock"),
    /** Threads that leave before a barrier which others wait at, at another line. */
    DIVERGENT_BARRIER(
        "norm.cu",
        "common.cuh",
        """
          if (lane_id() == 0) {
            scratch[warp_id()] = value;
          }
          __syncthreads();
          T sum = 0;
        """,
        """
          if (lane_id() == 0) {
            scratch[warp_id()] = value;
            __syncthreads();
          } else {
            __syncthreads();
          }
          T sum = 0;
        """,
        "normIsSummedInDouble",
        "divergent barriers"),
    /** Counters in shared memory that nobody set to 0. */
    UNINITIALISED_SHARED(
        "sort.cu", "sort.cu", "  local[threadIdx.x] = 0;\n", "", "sortByExpertIsExact", "");

    final String module;
    final String file;
    final String sound;
    final String planted;
    final String test;
    final String said;

    Bug(String module, String file, String sound, String planted, String test, String said) {
      this.module = module;
      this.file = file;
      this.sound = sound;
      this.planted = planted;
      this.test = test;
      this.said = said;
    }
  }

  @ParameterizedTest
  @EnumSource(Bug.class)
  void isCaught(Bug bug) throws Exception {
    Path emulator = build(bug);
    ProcessBuilder builder =
        JavaProcess.builder(Suite.class.getName(), List.of(), List.of(bug.test))
            .redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", emulator.toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(1);
    assertThat(said).containsPattern(bug.said);
  }

  /** A driver with this bug in one module; the others are not asked for. */
  private Path build(Bug bug) throws Exception {
    Path kernels = Files.createDirectories(project.resolve("kernels"));
    for (String folder : List.of("build", "emulator")) {
      copy(KERNELS.resolve(folder), Files.createDirectories(kernels.resolve(folder)), "");
    }
    copy(KERNELS, kernels, ".cuh");
    Files.copy(KERNELS.resolve(bug.module), kernels.resolve(bug.module));
    Path file = kernels.resolve(bug.file);
    String source = Files.readString(file);
    assertThat(source).contains(bug.sound);
    Files.writeString(file, source.replace(bug.sound, bug.planted));
    Path target = project.resolve("emulator");
    Process process =
        JavaProcess.builder(
                kernels.resolve("build/Main.java").toString(),
                List.of(),
                List.of("emulator", target.toString()))
            .directory(project.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return target;
  }

  private static void copy(Path from, Path to, String ending) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.toString().endsWith(ending)) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }

  /** Runs one test of the parity suite in every order of threads; fails if one of them does. */
  static final class Suite {
    private Suite() {}

    private static final Map<Order, BackendParityTest> TESTS =
        Map.of(
            Order.FORWARD, new ForwardParityOnCuda(),
            Order.REVERSE, new ReverseParityOnCuda(),
            Order.RANDOM, new RandomParityOnCuda(),
            Order.LIFO, new LifoParityOnCuda());

    public static void main(String[] arguments) throws Exception {
      for (Order order : Order.values()) {
        BackendParityTest suite = TESTS.get(order);
        var test =
            Arrays.stream(BackendParityTest.class.getMethods())
                .filter(method -> method.getName().equals(arguments[0]))
                .findFirst()
                .orElseThrow();
        test.setAccessible(true); // the interfaces that hold them are not public
        try {
          test.invoke(suite);
        } catch (InvocationTargetException e) {
          System.out.println(order + ": " + e.getCause());
          System.exit(1);
        }
      }
    }
  }
}
