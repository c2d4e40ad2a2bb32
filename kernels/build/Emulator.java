import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Builds doubles of NVIDIA's libraries that run the kernels on the host, for tests. */
final class Emulator {
  private final List<Sources> sources;
  private final Path headers;
  private final Path runtime;
  private final Path target;
  private final List<String> options;

  /**
   * A build.
   *
   * @param options of the compiler, such as a sanitizer's
   */
  Emulator(List<Sources> sources, Path target, List<String> options) {
    this.sources = sources;
    headers = sources.getFirst().headers();
    runtime = headers.resolve("emulator");
    this.target = target;
    this.options = options;
  }

  /** The driver and cuBLAS, as libraries that take the places of NVIDIA's. */
  void libraries() throws IOException, InterruptedException {
    List<String> driver = new ArrayList<>(kernels("driver"));
    driver.addAll(List.of("-shared", "-Wl,-soname,libcuda.so.1"));
    link(driver, "libcuda.so.1");
    link(
        List.of(
            runtime("cublas"),
            target.resolve("libcuda.so.1").toString(),
            "-shared",
            "-Wl,-soname,libcublas.so.13",
            "-Wl,--version-script," + runtime.resolve("cublas.map")),
        "libcublas.so.13");
  }

  /** The program that runs recorded launches again; with ThreadSanitizer it finds races. */
  void replay() throws IOException, InterruptedException {
    link(kernels("replay"), "replay");
  }

  private void link(List<String> parts, String result) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("g++"));
    command.addAll(options);
    command.addAll(parts);
    command.addAll(List.of("-o", target.resolve(result).toString()));
    Tools.run(command);
  }

  /** Compiles all kernels and what runs them, under one of its faces. */
  private List<String> kernels(String main) throws IOException, InterruptedException {
    List<String> objects = new ArrayList<>();
    for (String name : List.of("fiber", "launch", main)) {
      objects.add(runtime(name));
    }
    for (Sources folder : sources) {
      for (Path file : folder.files()) {
        objects.add(compile(wrap(file), "kernels_" + Sources.operation(file), file).toString());
      }
    }
    return objects;
  }

  private String runtime(String name) throws IOException, InterruptedException {
    Files.createDirectories(target);
    Path source = runtime.resolve(name + ".cpp");
    return compile(source, name, source).toString();
  }

  /** The source with a record of each kernel behind it. */
  private Path wrap(Path file) throws IOException {
    String operation = Sources.operation(file);
    String section = "emu_" + operation;
    StringBuilder text = new StringBuilder();
    text.append("#include \"%s\"\n".formatted(file.toAbsolutePath()));
    // a source without static shared memory has no such section, and both ends are null
    text.append(
        "extern \"C\" char __start_%1$s[] __attribute__((weak, visibility(\"hidden\"))), __stop_%1$s[] __attribute__((weak, visibility(\"hidden\")));\n"
            .formatted(section));
    for (Signature kernel : Signature.parse(file.toString(), Files.readString(file))) {
      text.append(
          "EMU_KERNEL(%s, __start_%s, __stop_%s)\n".formatted(kernel.name(), section, section));
    }
    Path wrapper = target.resolve("kernels_" + operation + ".cpp");
    Sources.write(wrapper, text.toString());
    return wrapper;
  }

  /** Compiles a source, which may wrap another, unless neither nor what they read has changed. */
  private Path compile(Path source, String name, Path wrapped)
      throws IOException, InterruptedException {
    Path object = target.resolve(name + ".o");
    if (Files.exists(object)
        && newest(source, wrapped) <= Files.getLastModifiedTime(object).toMillis()) {
      return object;
    }
    List<String> command =
        new ArrayList<>(
            Arrays.asList(
                "g++",
                "-c",
                "-O2",
                "-g1",
                "-std=c++17",
                "-fPIC",
                "-fvisibility=hidden",
                "-ffp-contract=off",
                "-Wall",
                "-Wno-unknown-pragmas",
                "-Wno-unused-function",
                "-Wno-unused-variable",
                "-include",
                runtime.resolve("emulator.h").toString(),
                "-I",
                headers.toString(),
                "-I",
                runtime.toString()));
    boolean kernels = name.startsWith("kernels_");
    if (kernels) {
      command.add("-DEMU_SECTION=\"emu_" + name.substring("kernels_".length()) + "\"");
    }
    for (String option : options) {
      // fibers share the runtime's variables, and only what kernels do is to be watched
      command.add(
          option.equals("-fsanitize=thread") && !kernels ? "-D__SANITIZE_THREAD__" : option);
    }
    command.addAll(List.of("-x", "c++", source.toString(), "-o", object.toString()));
    Tools.run(command);
    return object;
  }

  /** When anything that a compilation may read was changed last. */
  private long newest(Path source, Path wrapped) throws IOException {
    long newest =
        Math.max(
            Files.getLastModifiedTime(source).toMillis(),
            Files.getLastModifiedTime(wrapped).toMillis());
    for (Path folder : List.of(runtime, headers)) {
      try (var files = Files.newDirectoryStream(folder, "*.{h,cuh}")) {
        for (Path file : files) {
          newest = Math.max(newest, Files.getLastModifiedTime(file).toMillis());
        }
      }
    }
    return newest;
  }
}
