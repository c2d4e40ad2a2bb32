package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.JavaProcess;
import java.io.BufferedReader;
import java.io.Writer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A conversation in a process of its own, which signals reach. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there a process cannot be stopped politely")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConversationProcessTest {
  private static void signal(Process process, String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  private static Process start(String... words) throws Exception {
    return JavaProcess.start(
        InterruptProcess.class, List.of("-XX:TieredStopAtLevel=1"), List.of(words));
  }

  @Test
  void anInterruptionWhileItWaitsForALineEndsItAtOnceWith130() throws Exception {
    Process process = start("generate", "--interactive");
    try (BufferedReader output = process.inputReader();
        Writer input = process.outputWriter()) {
      input.write("a\n");
      input.flush();
      assertThat(output.readLine()).isEqualTo("(x) (x) (x)");
      signal(process, "INT");
      assertThat(process.waitFor()).isEqualTo(130);
      assertThat(output.readLine()).isNull();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aCommandThatTookTheInterruptionHearsOfItAndLivesOn() throws Exception {
    Process process = JavaProcess.start(SignalProcess.class, List.of(), List.of());
    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo("taken");
      signal(process, "INT");
      assertThat(output.readLine()).isEqualTo("heard");
      assertThat(output.readLine()).isEqualTo("restored");
      signal(process, "INT");
      assertThat(process.waitFor()).isEqualTo(130);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Takes Ctrl-C, hears it once, gives it back and waits. */
  static final class SignalProcess {
    private SignalProcess() {}

    public static void main(String[] args) throws Exception {
      CountDownLatch heard = new CountDownLatch(1);
      try (InterruptSignal _ = InterruptSignal.take(heard::countDown)) {
        System.out.println("taken");
        heard.await();
        System.out.println("heard");
      }
      System.out.println("restored");
      Thread.sleep(600_000);
    }
  }
}
