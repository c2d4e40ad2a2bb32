package io.ghostmoe.tensor.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.ghostmoe.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is shipped is what the sources give, and what the oldest driver that is served takes. */
class ShippedPtxTest {
  private static final Path FOLDER = Path.of("src/main/resources/io/ghostmoe/tensor/cuda/ptx");

  static List<Path> modules() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  @Test
  void itIsOfTheSources() throws Exception {
    Process process =
        JavaProcess.builder("kernels/build/Main.java", List.of(), List.of("check"))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void anotherSourceIsNoticed() throws Exception {
    Path project = Files.createTempDirectory("kernels");
    Files.createDirectories(project.resolve("kernels"));
    Files.createDirectories(project.resolve(FOLDER));
    Files.copy(FOLDER.resolve("add.ptx"), project.resolve(FOLDER).resolve("add.ptx"));
    Files.writeString(project.resolve("kernels/add.cu"), "// another");
    Process process =
        JavaProcess.builder(
                Path.of("kernels/build/Main.java").toAbsolutePath().toString(),
                List.of(),
                List.of("check"))
            .directory(project.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(said).contains("add.ptx", "run java kernels/build/Main.java ptx");
  }

  @ParameterizedTest
  @MethodSource("modules")
  void theCompilerOfItsTimeTakesIt(Path module) throws IOException {
    assumeThat(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
        .isEqualTo("Linux amd64");
    NativeLibraries.load(() -> JNvPTXCompiler.setExceptionsEnabled(false));
    String text = Files.readString(module);
    assertThat(text).contains("\n.version 8.0\n");
    String architecture = text.contains(".target sm_80") ? "sm_80" : "sm_75";
    assertThat(text).contains(".target " + architecture);
    byte[] source = text.getBytes(UTF_8);
    nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
    assertThat(
            JNvPTXCompiler.nvPTXCompilerCreate(
                compiler, source.length, Arrays.copyOf(source, source.length + 1)))
        .isZero();
    String[] options = {"--gpu-name=" + architecture};
    int code = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
    assertThat(code).as("%s: %s", module, errors(compiler)).isZero();
    JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
  }

  private static String errors(nvPTXCompilerHandle compiler) {
    long[] size = {0};
    JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
    byte[] log = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
    return new String(log, UTF_8).strip();
  }
}
