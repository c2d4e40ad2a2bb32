package io.ghostmoe.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import io.ghostmoe.faults.FaultTable.Verdict;
import java.io.IOException;
import java.nio.file.Path;

/** Runs on a small disk of their own, which takes a user who may mount one. */
final class DiskFaults {
  /** An undisturbed run leaves less. */
  private static final int ENOUGH_KIB = 400;

  private final FaultFixture fixture;
  private final FaultTable table;

  DiskFaults(FaultFixture fixture, FaultTable table) {
    this.fixture = fixture;
    this.table = table;
  }

  @FunctionalInterface
  private interface Use {
    Verdict of(Path home) throws Exception;
  }

  /** A disk of a seeded size, on which the run, its cache or both may not fit. */
  void fill(int index) {
    int kib = 4 + CounterRandom.below(CounterRandom.key(4, "disk"), index, ENOUGH_KIB);
    table.add(
        "full disk",
        kib + " KiB",
        () ->
            onDisk(
                kib,
                home -> {
                  try {
                    fixture.train(home);
                  } catch (UserException e) {
                    requireEnvironment(e);
                  }
                  command("mount", "-o", "remount,size=64m", home.toString());
                  return fixture.afterwards(home);
                }));
  }

  /** A disk that may only be read, before the run, in its middle and after it. */
  void readOnly() {
    table.add("nothing there yet", "", () -> onDisk(ENOUGH_KIB << 4, this::beginReadOnly));
    table.add("a finished run", "", () -> onDisk(ENOUGH_KIB << 4, this::resumeReadOnly));
    table.add("the cache alone", "", () -> onDisk(ENOUGH_KIB << 4, this::cacheReadOnly));
  }

  private Verdict beginReadOnly(Path home) throws Exception {
    command("mount", "-o", "remount,ro", home.toString());
    refused(() -> fixture.train(home));
    command("mount", "-o", "remount,rw", home.toString());
    fixture.train(home);
    fixture.requireSame(home);
    return Verdict.TOLD;
  }

  private Verdict resumeReadOnly(Path home) throws Exception {
    fixture.train(home);
    command("mount", "-o", "remount,ro", home.toString());
    refused(() -> fixture.resume(home));
    refused(() -> fixture.startAnew(home));
    fixture.requireSame(home);
    command("mount", "-o", "remount,rw", home.toString());
    fixture.startAnew(home);
    return Verdict.TOLD;
  }

  /** What is cached can be used where nothing can be written. */
  private Verdict cacheReadOnly(Path home) throws Exception {
    fixture.train(home);
    command("mount", "-o", "remount,ro", home.toString());
    Path other = fixture.home();
    fixture.trainWithCacheOf(home, other);
    fixture.requireSameWeights(other);
    return Verdict.WENT_ON;
  }

  @FunctionalInterface
  private interface Command {
    void run() throws Exception;
  }

  private static void refused(Command command) throws Exception {
    try {
      command.run();
    } catch (UserException e) {
      requireEnvironment(e);
      return;
    }
    throw new AssertionError("not refused");
  }

  private static void requireEnvironment(UserException e) {
    FaultFixture.requireOneLine(e);
    assertThat(e.kind()).as(e.getMessage()).isEqualTo(UserException.Kind.ENVIRONMENT);
  }

  private Verdict onDisk(int kib, Use use) throws Exception {
    Path home = fixture.home();
    boolean mounted =
        run("mount", "-t", "tmpfs", "-o", "size=" + kib + "k", "tmpfs", home.toString());
    if (!mounted) {
      String why = "NOT RUN: this user may not mount a disk; run the campaign as root";
      System.out.println(why);
      assumeTrue(false, why);
    }
    try {
      return use.of(home);
    } finally {
      command("umount", "-l", home.toString());
    }
  }

  private static void command(String... words) throws IOException, InterruptedException {
    assertThat(run(words)).as(String.join(" ", words)).isTrue();
  }

  private static boolean run(String... words) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(words).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // a system without mount
    }
  }
}
