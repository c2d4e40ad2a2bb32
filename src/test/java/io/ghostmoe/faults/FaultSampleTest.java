package io.ghostmoe.faults;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few points of {@link FaultCampaign}, for every build. */
class FaultSampleTest {
  @TempDir Path folder;
  private final FaultTable table = new FaultTable();
  private FaultFixture fixture;

  @BeforeEach
  void trainUndisturbed() throws IOException {
    fixture = new FaultFixture(folder);
  }

  @Test
  void aRunWhoseProcessOrDiskFailsGoesOnOrSaysWhy() throws IOException {
    FileFaults faults = new FileFaults(fixture, table);
    for (int at = 0; at < 10; at++) { // where the run is locked and nothing is written yet
      faults.crash(at);
    }
    for (int at : faults.sample("crash", 3)) {
      faults.crash(at);
    }
    for (int at : faults.sample("fail", 2)) {
      faults.fail("a full disk", at, Long.MAX_VALUE, "No space left on device");
    }
    faults.fail("one error", faults.lastRotation(), 1, "Input/output error");
    faults.fail("a disk that may only be read", 0, Long.MAX_VALUE, "Read-only file system");
    table.report("sample: files");
  }

  @Test
  void aRunWhoseFilesAreDamagedGoesOnOrSaysWhy() throws IOException {
    new DamageFaults(fixture, table).strike(1);
    table.report("sample: damage");
  }

  @Test
  void aProcessThatIsKilledLeavesARunThatGoesOn() throws IOException {
    new KillFaults(fixture, table).strike("kill -9 (sample)", new int[] {40, 400});
    table.report("sample: kills");
  }
}
