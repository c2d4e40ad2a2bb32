package io.ghostmoe.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ghostmoe.base.UserException;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.tensor.cuda.CudaProbe;
import io.ghostmoe.tensor.cuda.Precision;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeviceTest {
  @BeforeEach
  void needsAMachineWithoutAGpu() {
    assumeTrue(new CudaProbe().look() instanceof CudaProbe.Missing, "this machine has a GPU");
  }

  @Test
  void cudaIsRefusedWithReasonAndRemedyAndNeverReplaced() {
    assertThatThrownBy(() -> Device.select(Device.Choice.CUDA, 2))
        .isInstanceOfSatisfying(
            UserException.class,
            e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
        .hasMessageContaining("--device cuda: ")
        .hasMessageContaining("pass --device cpu or auto");
  }

  @Test
  void autoSaysWhatItTookAndWhy() {
    try (Device device = Device.select(Device.Choice.AUTO, 2)) {
      assertThat(device.backend()).isInstanceOf(VectorBackend.class);
      assertThat(device.reason())
          .startsWith(device.backend().description())
          .contains("cpu")
          .contains("-bit vectors, 2 threads")
          .contains("no GPU: ");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Device.Choice.class,
      names = {"AUTO", "CPU"})
  void theCpuRefusesToRound(Device.Choice choice) {
    assertThatThrownBy(() -> Device.select(choice, Precision.BF16, 1))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContaining("--precision bf16: the CPU computes in fp32 (")
        .hasMessageContaining("pass --precision fp32")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void whatWasAskedForIsSaidToBe() {
    try (Device device = Device.select(Device.Choice.CPU, 1)) {
      assertThat(device.reason()).endsWith("1 thread (as asked)");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Device.Choice.class,
      names = {"AUTO", "CPU"})
  void withoutTheVectorModuleTheScalarBackendComputesAndSaysHowToMendIt(Device.Choice choice)
      throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FallbackProcess.class.getName(),
                choice.name())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output)
        .containsIgnoringCase("cpu")
        .contains("scalar")
        .contains("slow: start java with --add-modules jdk.incubator.vector");
  }
}
