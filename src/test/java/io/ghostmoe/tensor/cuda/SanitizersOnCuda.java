package io.ghostmoe.tensor.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The compiler's sanitizers watch launches that the parity suite made: two threads at one address
 * with no barrier between them, reads and writes outside of what a launch was given, undefined
 * behaviour. Each is shown to find what is planted.
 */
class SanitizersOnCuda {
  private static final List<String> RACES = List.of("-fsanitize=thread");
  private static final List<String> ADDRESSES =
      List.of(
          "-fsanitize=address,undefined",
          "-fno-sanitize-recover=all",
          "-fsanitize-sections=emu_*"); // static shared memory

  @TempDir static Path folder;

  private static Path launches;

  @BeforeAll
  static void recordLaunches() throws Exception {
    launches = Files.createDirectory(folder.resolve("launches"));
    var result =
        ParityProcess.run(
            Path.of("target/emulator").toAbsolutePath(),
            Map.of("GHOSTMOE_EMULATOR_RECORD", launches.toString()),
            "",
            List.of(ForwardParityOnCuda.class, RoundedParityOnCuda.class));
    assertThat(result.code()).as(result.said()).isZero();
    assertThat(launches).isDirectoryContaining("glob:**adamw_f32-*");
  }

  /** How a replay ended, and what it said. */
  private record Replay(int code, String said) {}

  private static Replay replay(Path program, Path launches) throws Exception {
    // where addresses are drawn, ThreadSanitizer may find no room
    ProcessBuilder builder =
        new ProcessBuilder("setarch", "-R", program.toString(), launches.toString())
            .redirectErrorStream(true);
    // fibers are never given back, and have stacks of their own
    builder.environment().put("ASAN_OPTIONS", "detect_leaks=0:detect_stack_use_after_return=0");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Replay(process.waitFor(), said);
  }

  private static Replay replayAll(String name, List<String> options) throws Exception {
    Path target = Path.of("target", "replay-" + name).toAbsolutePath();
    KernelsCopy.original().build("replay", target, options);
    return replay(target.resolve("replay"), launches);
  }

  @Test
  void noKernelRaces() throws Exception {
    Replay replay = replayAll("races", RACES);
    assertThat(replay.code()).as(replay.said()).isZero();
    assertThat(replay.said()).containsPattern("replayed [1-9]\\d+ launches");
  }

  @Test
  void noKernelLeavesWhatItWasGiven() throws Exception {
    Replay replay = replayAll("addresses", ADDRESSES);
    assertThat(replay.code()).as(replay.said()).isZero();
    assertThat(replay.said()).containsPattern("replayed [1-9]\\d+ launches");
  }

  /** Replays the launches of one module with a bug in its source. */
  private static Replay replayPlanted(
      String module, String file, String sound, String planted, List<String> options)
      throws Exception {
    Path project = Files.createTempDirectory(folder, "planted");
    KernelsCopy kernels = KernelsCopy.of(module, project);
    kernels.plant(file, sound, planted);
    Path target = project.resolve("replay");
    kernels.build("replay", target, options);
    return replay(target.resolve("replay"), launchesOf(module, project));
  }

  private static Path launchesOf(String module, Path project) throws IOException {
    Path own = Files.createDirectory(project.resolve("launches"));
    try (var files = Files.newDirectoryStream(launches, module + "_*")) {
      for (Path file : files) {
        Files.copy(file, own.resolve(file.getFileName()));
      }
    }
    return own;
  }

  @Test
  void aMissingBarrierIsFound() throws Exception {
    Replay replay =
        replayPlanted(
            "norm",
            "common.cuh",
            "    scratch[warp_id()] = value;\n  }\n  __syncthreads();\n  T sum",
            "    scratch[warp_id()] = value;\n  }\n  T sum",
            RACES);
    assertThat(replay.code()).as(replay.said()).isNotZero();
    assertThat(replay.said()).contains("data race", "common.cuh");
  }

  @Test
  void aReadBehindTheEndIsFound() throws Exception {
    Replay replay = replayPlanted("add", "add.cu", "if (tail < n)", "if (tail <= n)", ADDRESSES);
    assertThat(replay.code()).as(replay.said()).isNotZero();
    assertThat(replay.said()).contains("AddressSanitizer", "add.cu");
  }
}
