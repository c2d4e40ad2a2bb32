package io.ghostmoe.faults;

import io.ghostmoe.base.CounterRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every fault that a machine has in store for a run, many times: {@code mvn -Pfaults test} prints
 * what became of each.
 */
class FaultCampaign {
  @TempDir Path folder;
  private final FaultTable table = new FaultTable();
  private FaultFixture fixture;

  @BeforeEach
  void trainUndisturbed() throws IOException {
    fixture = new FaultFixture(folder);
  }

  @Test
  void theProcessDiesAtAnyChangeToItsFiles() throws IOException {
    FileFaults faults = new FileFaults(fixture, table);
    for (int at = 0; at < faults.points(); at++) {
      faults.crash(at);
    }
    long key = CounterRandom.key(4, "second death");
    for (int i = 0; i < 200; i++) {
      int first = CounterRandom.below(key, 2L * i, faults.points());
      faults.crashTwice(first, CounterRandom.below(key, 2L * i + 1, faults.points()));
    }
    table.report("death at each change of a file");
  }

  @Test
  void theDiskFailsAtAnyChange() throws IOException {
    FileFaults faults = new FileFaults(fixture, table);
    for (int at = 0; at < faults.points(); at++) {
      faults.fail("a full disk", at, Long.MAX_VALUE, "No space left on device");
      faults.fail("one error", at, 1, "Input/output error");
    }
    table.report("failure of the disk at each change of a file");
  }

  @Test
  void aProcessIsKilledAtSeededMoments() throws IOException {
    FileFaults faults = new FileFaults(fixture, table);
    KillFaults kills = new KillFaults(fixture, table);
    for (String phase : List.of("prepare", "train", "save", "rotate")) {
      kills.strike("kill -9 in " + phase, faults.sample(phase, "kill", 40));
    }
    kills.strikeAfterDelays("kill -9 after a delay", 60);
    table.report("kill -9 of a process");
  }

  @Test
  void aSmallDiskFillsAtSeededPoints() throws IOException {
    DiskFaults disks = new DiskFaults(fixture, table);
    for (int i = 0; i < 50; i++) {
      disks.fill(i);
    }
    table.report("a disk that is full");
  }

  @Test
  void aDiskMayOnlyBeRead() throws IOException {
    new DiskFaults(fixture, table).readOnly();
    table.report("a disk that may only be read");
  }

  @Test
  void filesAreDamaged() throws IOException {
    new DamageFaults(fixture, table).strike(12);
    table.report("a damaged file");
  }
}
