package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The net is known to hold: bugs that kernels have had since there are kernels, planted one at a
 * time in copies of ours, are each caught by the parity suite on the emulator.
 */
class PlantedBugsOnCuda {
  /** What a dense layer of rounded operands launches. */
  private static final String ROUNDED_LINEAR = "matmul_bf16 round_bf16 matmul column_sums";

  @TempDir Path project;

  /**
   * The sources of a test, a text of one, what it is turned into, the test that must fail and what
   * it must say.
   */
  enum Bug {
    /** A sum is read before the other warps have written theirs. */
    NO_BARRIER_BEFORE_READING(
        "norm",
        "common.cuh",
        "    scratch[warp_id()] = value;\n  }\n  __syncthreads();\n  T sum",
        "    scratch[warp_id()] = value;\n  }\n  T sum",
        "normIsSummedInDouble",
        ""),
    /** One element behind the end. */
    OFF_BY_ONE(
        "fill",
        "fill.cu",
        "if (tail < n)",
        "if (tail <= n)",
        "fillAndCopyAreExact",
        "outside of a buffer"),
    /** A parameter of 4 bytes where the launcher gives 8. */
    WRONG_WIDTH(
        "fill",
        "fill.cu",
        "long long n, float value)",
        "int n, float value)",
        "fillAndCopyAreExact",
        "disagree on its parameters"),
    /** A turn that is never passed on, so that the next tile of keys waits for ever. */
    ENDLESS_WAIT(
        "attention attention_backward",
        "attention_backward.cu",
        "turn = tile + 1;",
        "turn = tile;",
        "attentionBackwardWithinSegments",
        "waits for a block that has not run"),
    /** Half a warp at an exchange of the whole one. */
    DIVERGENT_EXCHANGE(
        "norm",
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
        "norm",
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
        "sort", "sort.cu", "  local[threadIdx.x] = 0;\n", "", "sortByExpertIsExact", ""),
    /** A stage is read before what is copied to it has arrived. */
    NO_WAIT_FOR_COPIES(
        ROUNDED_LINEAR,
        "matmul_bf16_tile.cuh",
        "    wait_for_copies<BF16_STAGES - 2>();\n    __syncthreads();\n    A::load",
        "    __syncthreads();\n    A::load",
        "linearAndItsGradients",
        ""),
    /** A stage is read before other warps' copies have arrived, and filled while they read it. */
    NO_BARRIER_BETWEEN_STAGES(
        ROUNDED_LINEAR,
        "matmul_bf16_tile.cuh",
        "          __syncthreads();\n          from",
        "          from",
        "linearAndItsGradients",
        ""),
    /** The thread goes with copies on their way to memory that another block may have then. */
    COPIES_BEHIND_THE_END(
        ROUNDED_LINEAR,
        "matmul_bf16_tile.cuh",
        "if (*ahead > 0) {",
        "if (*ahead > -2 * BF16_STEP) {",
        "linearAndItsGradients",
        "ends before what it copies has arrived");

    final String modules;
    final String file;
    final String sound;
    final String planted;
    final String test;
    final String said;

    Bug(String modules, String file, String sound, String planted, String test, String said) {
      this.modules = modules;
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
    KernelsCopy kernels = KernelsCopy.of(bug.modules, project);
    kernels.plant(bug.file, bug.sound, bug.planted);
    Path emulator = project.resolve("emulator");
    kernels.build("emulator", emulator, List.of());
    List<Class<?>> suites =
        bug.modules.equals(ROUNDED_LINEAR)
            ? List.of(RoundedParityOnCuda.class, RoundedLifoParityOnCuda.class)
            : ParityProcess.everyOrder();
    var result = ParityProcess.run(emulator, Map.of(), bug.test, suites);
    assertThat(result.code()).as(result.said()).isEqualTo(1);
    assertThat(result.said()).containsPattern("(?s)ParityOnCuda: .*(" + bug.said + ")");
  }
}
