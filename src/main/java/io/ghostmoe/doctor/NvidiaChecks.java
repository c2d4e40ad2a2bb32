package io.ghostmoe.doctor;

import io.ghostmoe.tensor.cuda.CudaProbe;
import io.ghostmoe.tensor.cuda.Gpu;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  private final Path root;
  private final Map<String, String> environment;

  private NvidiaChecks(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  /**
   * GPU, driver and cuBLAS.
   *
   * @param root of the file system
   * @param environment of the process, for the folders that it names
   * @param finding what the driver says
   */
  static List<Check> of(Path root, Map<String, String> environment, CudaProbe.Finding finding) {
    NvidiaChecks checks = new NvidiaChecks(root, environment);
    int gpus = checks.gpus();
    return List.of(checks.cuda(finding, gpus), checks.driver(gpus), checks.cublas());
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

  /** Nothing needs it, which whoever looks for it should learn here. */
  private Check cublas() {
    return Check.ok(
        "cublas",
        find("libcublas.so*", "cublas64_*.dll").map(path -> "found, " + path).orElse("missing")
            + ", not needed: the kernels are this program's own");
  }

  private int gpus() {
    int count = 0;
    for (Path device : matches(root.resolve("sys/bus/pci/devices"), "*")) {
      if (read(device.resolve("vendor")).equals(NVIDIA)
          && read(device.resolve("class")).startsWith(DISPLAY)) {
        count++;
      }
    }
    return count;
  }

  private Optional<String> driverVersion() {
    Matcher version = VERSION.matcher(read(root.resolve("proc/driver/nvidia/version")));
    return version.find() ? Optional.of(version.group()) : Optional.empty();
  }

  private Optional<Path> find(String... patterns) {
    for (Path folder : folders()) {
      for (String pattern : patterns) {
        List<Path> found = matches(folder, pattern);
        if (!found.isEmpty()) {
          return Optional.of(found.getFirst());
        }
      }
    }
    return Optional.empty();
  }

  /** Where the loader looks, and where installers put things. */
  private List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    for (String variable : List.of("LD_LIBRARY_PATH", "PATH")) {
      for (String folder : environment.getOrDefault(variable, "").split(File.pathSeparator, -1)) {
        add(folders, folder, "");
      }
    }
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      for (String below : List.of("lib64", "lib", "bin")) {
        add(folders, environment.getOrDefault(variable, ""), below);
      }
    }
    for (Path cuda : matches(root.resolve("usr/local"), "cuda*")) {
      folders.add(cuda.resolve("lib64"));
    }
    for (String usual :
        List.of(
            "usr/lib/x86_64-linux-gnu",
            "usr/lib/aarch64-linux-gnu",
            "usr/lib64",
            "usr/lib",
            "usr/lib/wsl/lib",
            "opt/cuda/lib64")) {
      folders.add(root.resolve(usual));
    }
    return folders;
  }

  private static void add(List<Path> folders, String folder, String below) {
    try {
      if (!folder.isBlank()) {
        folders.add(Path.of(folder).resolve(below));
      }
    } catch (InvalidPathException e) {
      // what is no path holds no library
    }
  }

  /** Children of a folder by name; none where it is not there or cannot be read. */
  private static List<Path> matches(Path folder, String pattern) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
      stream.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
