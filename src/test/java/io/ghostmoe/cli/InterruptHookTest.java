package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there a process cannot be stopped politely")
class InterruptHookTest {
  private static Process start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(InterruptProcess.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  @Test
  void anInterruptedProcessSavesBeforeItEndsWith130() throws Exception {
    Process process = start("train", "--max-steps", "1000000");
    try (BufferedReader output = process.inputReader()) {
      String line = output.readLine();
      while (line != null && !line.startsWith("step 1/")) {
        line = output.readLine();
      }
      assertThat(line).isNotNull();
      process.toHandle().destroy(); // SIGTERM; hooks run as they do on Ctrl-C
      List<String> rest = output.lines().toList();
      assertThat(rest).contains("ghostmoe: interrupted, ending safely");
      assertThat(rest).anyMatch(text -> text.startsWith("interrupted and saved after"));
      assertThat(process.waitFor()).isEqualTo(130);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void anOrdinaryEndIsNotAnInterruption() throws Exception {
    Process process = start("train", "--max-steps", "2");
    try (BufferedReader output = process.inputReader()) {
      assertThat(output.lines()).noneMatch(line -> line.contains("interrupted"));
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
