package io.ghostmoe.doctor;

import io.ghostmoe.tensor.cuda.CublasFinding;
import io.ghostmoe.tensor.cuda.CudaProbe;
import io.ghostmoe.tensor.cuda.Gpu;
import io.ghostmoe.tensor.cuda.NvidiaFolders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of CUDA is there: whether a GPU can be used, as the driver itself says, and by files alone
 * what is installed, for who wonders why not.
 */
final class NvidiaChecks {
  private static final String NVIDIA = "0x10de";

  /** Display controllers, as the PCI bus has them. */
  private static final String DISPLAY = "0x03";

  private static final Pattern VERSION = Pattern.compile("\\b\\d{3,}\\.\\d+(\\.\\d+)?\\b");
  private static final String UNNEEDED = "nothing to do: without a GPU the CPU trains";

  private final NvidiaFolders folders;

  private NvidiaChecks(NvidiaFolders folders) {
    this.folders = folders;
  }

  /**
   * GPU, driver and cuBLAS.
   *
   * @param folders where its libraries lie
   * @param finding what the driver says
   * @param cublas what the GPU's backend says; empty where it is not used
   */
  static List<Check> of(
      NvidiaFolders folders, CudaProbe.Finding finding, Optional<CublasFinding> cublas) {
    NvidiaChecks checks = new NvidiaChecks(folders);
    int gpus = checks.gpus();
    return List.of(
        checks.cuda(finding, gpus),
        checks.driver(gpus),
        Check.ok("cublas", cublas.map(NvidiaChecks::cublas).orElseGet(checks::cublas)));
  }

  private Check cuda(CudaProbe.Finding finding, int gpus) {
    return switch (finding) {
      case CudaProbe.Found(String driver, List<Gpu> usable) ->
          Check.ok(
              "cuda",
              "%s%s, driver for CUDA %s"
                  .formatted(
                      usable.getFirst(),
                      usable.size() == 1 ? "" : " (the first of %d)".formatted(usable.size()),
                      driver));
      case CudaProbe.Missing(String cause, String remedy) ->
          Check.warn(
              "cuda",
              "missing: " + cause,
              gpus == 0 ? UNNEEDED : remedy + ", or the GPU lies idle");
    };
  }

  private Check driver(int gpus) {
    Optional<Path> library = find("libcuda.so*", "nvcuda.dll");
    Optional<String> version = driverVersion();
    if (library.isPresent() || version.isPresent()) {
      return Check.ok(
          "driver",
          "found%s%s"
              .formatted(
                  version.map(text -> ", version " + text).orElse(""),
                  library.map(path -> ", " + path).orElse("")));
    }
    return gpus == 0
        ? Check.warn("driver", "missing, as it may be without an NVIDIA GPU", UNNEEDED)
        : Check.warn(
            "driver",
            "missing, though there is an NVIDIA GPU",
            "install NVIDIA's driver, R525 or newer");
  }

  /** Training works without it, which whoever looks for it should learn here. */
  private static String cublas(CublasFinding finding) {
    return switch (finding) {
      case CublasFinding.Used(String version, String library) ->
          "%s, %s, multiplies large matrices".formatted(version, library);
      case CublasFinding.Unused(String cause) ->
          "not used (%s), not needed: this program's own kernels multiply; with the cuBLAS of CUDA 12 or 13 large products are faster, some with --precision bf16 about twice"
              .formatted(cause);
    };
  }

  /** What is installed, where no GPU computes. */
  private String cublas() {
    return find("libcublas.so*", "cublas64_*.dll").map(path -> "found, " + path).orElse("missing")
        + ", not needed without a GPU";
  }

  private int gpus() {
    int count = 0;
    for (Path device : NvidiaFolders.matches(folders.root().resolve("sys/bus/pci/devices"), "*")) {
      if (read(device.resolve("vendor")).equals(NVIDIA)
          && read(device.resolve("class")).startsWith(DISPLAY)) {
        count++;
      }
    }
    return count;
  }

  private Optional<String> driverVersion() {
    Matcher version = VERSION.matcher(read(folders.root().resolve("proc/driver/nvidia/version")));
    return version.find() ? Optional.of(version.group()) : Optional.empty();
  }

  private Optional<Path> find(String... patterns) {
    return folders.find(patterns).stream().findFirst();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
