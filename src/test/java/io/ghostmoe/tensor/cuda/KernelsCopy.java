package io.ghostmoe.tensor.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Sources of kernels and what the emulator's tools make of them. */
final class KernelsCopy {
  private static final Path KERNELS = Path.of("kernels");

  private final Path project;

  private KernelsCopy(Path project) {
    this.project = project;
  }

  /** {@return the sources themselves} */
  static KernelsCopy original() {
    return new KernelsCopy(Path.of("").toAbsolutePath());
  }

  /** {@return a copy of modules, named with spaces between, and what they need, in a folder} */
  static KernelsCopy of(String modules, Path project) throws IOException {
    Path kernels = Files.createDirectories(project.resolve("kernels"));
    for (String folder : List.of("build", "emulator")) {
      copy(KERNELS.resolve(folder), Files.createDirectories(kernels.resolve(folder)), "");
    }
    copy(KERNELS, kernels, ".cuh");
    for (String module : modules.split(" ")) {
      Files.copy(KERNELS.resolve(module + ".cu"), kernels.resolve(module + ".cu"));
    }
    return new KernelsCopy(project);
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

  /** Turns a text, which must be there, into another. */
  void plant(String file, String sound, String planted) throws IOException {
    Path path = project.resolve("kernels").resolve(file);
    String source = Files.readString(path);
    assertThat(source).contains(sound);
    Files.writeString(path, source.replace(sound, planted));
  }

  /**
   * Builds the emulator.
   *
   * @param what {@code emulator} for the driver or {@code replay}
   * @param target the folder for it
   * @param options of the compiler
   */
  void build(String what, Path target, List<String> options)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(what, target.toAbsolutePath().toString()));
    arguments.addAll(options);
    Process process =
        JavaProcess.builder(
                project.resolve("kernels/build/Main.java").toString(), List.of(), arguments)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
