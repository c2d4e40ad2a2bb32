package io.ghostmoe.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.doctor.Check.Status;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On file systems that hold what those of real machines hold. */
class NvidiaChecksTest {
  @TempDir Path root;

  private void file(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(root.resolve(path.substring(0, path.lastIndexOf('/'))));
    Files.writeString(file, content);
  }

  private void device(String address, String vendor, String type) throws IOException {
    file("sys/bus/pci/devices/" + address + "/vendor", vendor + "\n");
    file("sys/bus/pci/devices/" + address + "/class", type + "\n");
  }

  private Check check(String name, Map<String, String> environment) {
    List<Check> checks = NvidiaChecks.of(root, environment);
    return checks.stream().filter(check -> check.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void aMachineWithoutAnythingLacksAllThreeAndThatIsNoFailure() {
    assertThat(NvidiaChecks.of(root, Map.of()))
        .hasSize(3)
        .allSatisfy(check -> assertThat(check.status()).isEqualTo(Status.WARN))
        .allSatisfy(check -> assertThat(check.detail()).startsWith("missing"));
    assertThat(check("cuda", Map.of()).detail()).contains("no NVIDIA GPU was found");
    assertThat(check("driver", Map.of()).detail()).contains("as it may be");
  }

  @Test
  void gpusAreCountedOnThePciBusAndOtherDevicesAreNot() throws IOException {
    device("0000:01:00.0", "0x10de", "0x030200");
    device("0000:02:00.0", "0x10de", "0x040300"); // the sound of a graphics card
    device("0000:03:00.0", "0x1002", "0x030000"); // another maker's
    assertThat(check("cuda", Map.of()).detail()).contains("the NVIDIA GPU here would lie idle");
    assertThat(check("driver", Map.of()).detail()).contains("though there is an NVIDIA GPU");
    device("0000:04:00.0", "0x10de", "0x030000");
    assertThat(check("cuda", Map.of()).detail()).contains("the 2 NVIDIA GPUs here");
    assertThat(check("cuda", Map.of()).status()).isEqualTo(Status.WARN);
  }

  @Test
  void theDriversVersionIsReadFromTheKernelAndItsLibraryFound() throws IOException {
    file(
        "proc/driver/nvidia/version",
        """
        NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build
        GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)
        """);
    file("usr/lib/x86_64-linux-gnu/libcuda.so.1", "");
    assertThat(check("driver", Map.of()))
        .isEqualTo(
            Check.ok(
                "driver",
                "found, version 580.65.06, %s, not used by this version"
                    .formatted(root.resolve("usr/lib/x86_64-linux-gnu/libcuda.so.1"))));
  }

  @Test
  void cublasIsFoundWhereInstallersPutItAndWhereTheEnvironmentPoints() throws IOException {
    file("usr/lib/x86_64-linux-gnu/libcublasLt.so.12", "another library");
    assertThat(check("cublas", Map.of()).status()).isEqualTo(Status.WARN);
    file("usr/local/cuda-12.8/lib64/libcublas.so.12", "");
    assertThat(check("cublas", Map.of()).detail()).contains("cuda-12.8", "libcublas.so.12");
    file("mine/lib/libcublas.so.13", "");
    assertThat(check("cublas", Map.of("CUDA_HOME", root.resolve("mine").toString())).detail())
        .contains("libcublas.so.13");
    String path = "" + File.pathSeparator + root.resolve("none") + File.pathSeparator + "\0";
    assertThat(check("cublas", Map.of("LD_LIBRARY_PATH", path)).detail())
        .contains("libcublas.so.12");
  }
}
