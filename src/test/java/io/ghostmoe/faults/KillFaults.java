package io.ghostmoe.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.GhostMoE;
import io.ghostmoe.JavaProcess;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.faults.FaultTable.Verdict;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Trainings in processes of their own that signal 9 ends. */
final class KillFaults {
  private static final int SIGNAL_9 = 128 + 9;
  private static final List<String> SMALL =
      List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final FaultFixture fixture;
  private final FaultTable table;

  KillFaults(FaultFixture fixture, FaultTable table) {
    this.fixture = fixture;
    this.table = table;
  }

  /** Before each of these changes to a file. */
  void strike(String kind, int[] points) {
    for (int at : points) {
      table.add(kind, String.valueOf(at), () -> strike(at, 0));
    }
  }

  /** At seeded moments between the start of the preparation and about the end of the training. */
  void strikeAfterDelays(String kind, int count) {
    long key = CounterRandom.key(4, "delay");
    for (int i = 0; i < count; i++) {
      int micros = CounterRandom.below(key, i, 1_000_000);
      table.add(kind, micros + " µs", () -> strike(Integer.MAX_VALUE, micros));
    }
  }

  private Verdict strike(int at, int micros) throws IOException, InterruptedException {
    Path home = fixture.home();
    List<String> arguments =
        List.of(home.toString(), fixture.dataset().toString(), Integer.toString(at));
    Process process = JavaProcess.start(KillFaults.class, SMALL, arguments);
    try {
      assertThat(process.getInputStream().read()).isEqualTo('!'); // it is about to begin
      if (at == Integer.MAX_VALUE) {
        TimeUnit.MICROSECONDS.sleep(micros);
        process.destroyForcibly();
      }
      // one that was done before the delay has ended by itself
      assertThat(process.waitFor())
          .isIn(at == Integer.MAX_VALUE ? List.of(SIGNAL_9, 0) : List.of(SIGNAL_9));
    } finally {
      process.destroyForcibly();
    }
    Verdict verdict = fixture.afterwards(home);
    FaultFixture.forget(home);
    return verdict;
  }

  /** The process itself: home, dataset, the change before which it kills itself. */
  public static void main(String[] arguments) {
    System.out.print('!');
    System.out.flush();
    FaultPlan plan = new FaultPlans.KillAt(Integer.parseInt(arguments[2]));
    Path home = FaultyFiles.under(plan, Path.of(arguments[0]));
    GhostMoE.train(
        FaultFixture.settings(home, Path.of(arguments[1])).build(), TrainListener.SILENT);
  }
}
