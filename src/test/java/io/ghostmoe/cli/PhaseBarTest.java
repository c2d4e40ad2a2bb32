package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a person sees of a download, whose clock is the test's. */
class PhaseBarTest {
  private static final long MIB = 1 << 20;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long nanos;

  private PhaseBar bar(boolean interactive) {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new PhaseBar(new Terminal(stream, stream, interactive, false, 100), () -> nanos);
  }

  private void seconds(double seconds) {
    nanos = Math.round(seconds * 1e9);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void bytesRateAndTimeLeftAreDrawn() {
    try (PhaseBar bar = bar(true)) {
      bar.bytes("download", 10 * MIB, 50 * MIB); // of an earlier attempt: no part of the rate
      seconds(4);
      bar.bytes("download", 30 * MIB, 50 * MIB);
    }
    assertThat(out()).contains("30.0 MiB/50.0 MiB  download  5.0 MiB/s  0:04 left");
  }

  @Test
  void elsewhereEveryHalfMinuteHasALine() {
    try (PhaseBar bar = bar(false)) {
      for (int second = 0; second <= 100; second++) {
        seconds(second);
        bar.bytes("download", second * MIB, 120 * MIB);
      }
    }
    assertThat(out().lines())
        .containsExactly(
            "30.0 MiB of 120.0 MiB  download  1.0 MiB/s  1:30 left",
            "60.0 MiB of 120.0 MiB  download  1.0 MiB/s  1:00 left",
            "90.0 MiB of 120.0 MiB  download  1.0 MiB/s  0:30 left");
  }

  @Test
  void aFileThatBeginsAnewHasNoNegativeRate() {
    try (PhaseBar bar = bar(true)) {
      bar.bytes("download", 10 * MIB, 50 * MIB);
      seconds(2);
      bar.bytes("download", MIB, 50 * MIB);
    }
    assertThat(out()).contains("1.0 MiB/50.0 MiB").doesNotContain("-");
  }

  @Test
  void eachPhaseHasABarOfItsOwn() {
    try (PhaseBar bar = bar(true)) {
      bar.bytes("download", 50 * MIB, 50 * MIB);
      bar.records("read", 7, -1);
      bar.records("tokenize", 3, 9);
    }
    assertThat(out()).containsSubsequence("50.0 MiB/50.0 MiB", "7  read", "3/9", "tokenize");
  }

  @Test
  void aSecondFileOfAnUnknownNumberOfRecordsIsCountedOnALineOfItsOwn() {
    try (PhaseBar bar = bar(true)) {
      bar.records("read", 89_088, -1);
      bar.records("read", 1_024, -1);
    }
    assertThat(out()).containsSubsequence("89088  read", System.lineSeparator(), "1024  read");
    assertThat(out()).doesNotContain("%", "/");
  }
}
