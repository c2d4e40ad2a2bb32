package io.ghostmoe.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.doctor.Check.Status;
import io.ghostmoe.tensor.cuda.CublasFinding;
import io.ghostmoe.tensor.cuda.CudaProbe;
import io.ghostmoe.tensor.cuda.Gpu;
import io.ghostmoe.tensor.cuda.NvidiaFolders;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On file systems that hold what those of real machines hold. */
class NvidiaChecksTest {
  private static final CudaProbe.Finding NO_DRIVER =
      new CudaProbe.Missing("no driver", "install it");

  private static final Optional<CublasFinding> NO_GPU = Optional.empty();

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
    return check(name, environment, NO_DRIVER);
  }

  private Check check(String name, Map<String, String> environment, CudaProbe.Finding finding) {
    return named(name, NvidiaChecks.of(new NvidiaFolders(root, environment), finding, NO_GPU));
  }

  private static Check named(String name, List<Check> checks) {
    return checks.stream().filter(check -> check.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void aMachineWithoutAnythingLacksDriverAndGpuAndThatIsNoFailure() {
    assertThat(NvidiaChecks.of(new NvidiaFolders(root, Map.of()), NO_DRIVER, NO_GPU)).hasSize(3);
    assertThat(check("cuda", Map.of()))
        .isEqualTo(
            Check.warn(
                "cuda", "missing: no driver", "nothing to do: without a GPU the CPU trains"));
    assertThat(check("driver", Map.of()).detail()).contains("as it may be");
    assertThat(check("cublas", Map.of()).status()).isEqualTo(Status.OK);
    assertThat(check("cublas", Map.of()).detail()).startsWith("missing, not needed");
  }

  @Test
  void aGpuThatLiesIdleIsNamedWithTheOneStepThatMendsIt() throws IOException {
    device("0000:02:00.0", "0x10de", "0x040300"); // the sound of a graphics card
    device("0000:03:00.0", "0x1002", "0x030000"); // another maker's
    assertThat(check("driver", Map.of()).detail()).contains("as it may be");
    device("0000:01:00.0", "0x10de", "0x030200");
    assertThat(check("cuda", Map.of()).remedy()).isEqualTo("install it, or the GPU lies idle");
    assertThat(check("driver", Map.of()).detail()).contains("though there is an NVIDIA GPU");
    assertThat(check("driver", Map.of()).remedy()).contains("R525 or newer");
  }

  @Test
  void whatTheDriverFoundIsToldInOneLine() {
    Gpu gpu = new Gpu(0, "NVIDIA Example", 9, 0, 80L << 30, 132);
    assertThat(check("cuda", Map.of(), new CudaProbe.Found("12.4", List.of(gpu))))
        .isEqualTo(
            Check.ok(
                "cuda", "NVIDIA Example, compute capability 9.0, 80.0 GiB, driver for CUDA 12.4"));
    assertThat(check("cuda", Map.of(), new CudaProbe.Found("12.4", List.of(gpu, gpu))).detail())
        .contains("(the first of 2)");
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
                "found, version 580.65.06, %s"
                    .formatted(root.resolve("usr/lib/x86_64-linux-gnu/libcuda.so.1"))));
  }

  @Test
  void cublasIsFoundWhereInstallersPutItAndWhereTheEnvironmentPoints() throws IOException {
    file("usr/lib/x86_64-linux-gnu/libcublasLt.so.12", "another library");
    assertThat(check("cublas", Map.of()).detail()).startsWith("missing");
    file("usr/local/cuda-12.8/lib64/libcublas.so.12", "");
    assertThat(check("cublas", Map.of()).detail()).contains("cuda-12.8", "libcublas.so.12");
    file("mine/lib/libcublas.so.13", "");
    assertThat(check("cublas", Map.of("CUDA_HOME", root.resolve("mine").toString())).detail())
        .contains("libcublas.so.13");
    String path = "" + File.pathSeparator + root.resolve("none") + File.pathSeparator + "\0";
    assertThat(check("cublas", Map.of("LD_LIBRARY_PATH", path)).detail())
        .contains("libcublas.so.12");
  }

  @Test
  void whatMultipliesOnTheGpuIsToldWithWhatInstallingCublasGains() {
    assertThat(cublas(new CublasFinding.Used("13.1", "libcublas.so.13")))
        .isEqualTo("13.1, libcublas.so.13, multiplies large matrices");
    assertThat(cublas(new CublasFinding.Unused("no libcublas.so.13")))
        .contains("not used (no libcublas.so.13)", "own kernels", "CUDA 12 or 13");
  }

  private String cublas(CublasFinding finding) {
    NvidiaFolders folders = new NvidiaFolders(root, Map.of());
    Check check = named("cublas", NvidiaChecks.of(folders, NO_DRIVER, Optional.of(finding)));
    assertThat(check.status()).isEqualTo(Status.OK);
    return check.detail();
  }
}
