package io.ghostmoe.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import io.ghostmoe.faults.FaultTable.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Faults at a chosen change to the files of a run, in this process. */
final class FileFaults {
  private final FaultFixture fixture;
  private final FaultTable table;
  private final Path root;

  /** What an undisturbed run changes, in order. */
  private final List<String> changes;

  FileFaults(FaultFixture fixture, FaultTable table) throws IOException {
    this.fixture = fixture;
    this.table = table;
    root = fixture.home();
    FaultPlans.Recording recording = new FaultPlans.Recording();
    fixture.train(FaultyFiles.under(recording, root));
    changes = recording.changes;
  }

  int points() {
    return changes.size();
  }

  /** A seeded sample of so many points of each phase, ascending. */
  int[] sample(String purpose, int each) {
    return Stream.of("prepare", "train", "save", "rotate")
        .flatMapToInt(phase -> IntStream.of(sample(phase, purpose, each)))
        .sorted()
        .toArray();
  }

  /** A seeded sample of points of one phase, drawn with repetition where it has too few. */
  int[] sample(String phase, String purpose, int count) {
    int[] all = IntStream.range(0, points()).filter(at -> phase(at).equals(phase)).toArray();
    int[] order = CounterRandom.permutation(CounterRandom.key(4, purpose), all.length);
    return IntStream.range(0, count).map(i -> all[order[i % all.length]]).toArray();
  }

  /** Whether the change belongs to preparing, training, saving or rotating. */
  String phase(int at) {
    String change = changes.get(at);
    if (change.contains("/cache")) {
      return "prepare";
    }
    if (change.contains(".deleting-") || change.contains(".replaced-")) {
      return "rotate";
    }
    return change.contains("/checkpoints") ? "save" : "train";
  }

  /** The last time that an old checkpoint is put aside, after which no save comes. */
  int lastRotation() {
    return IntStream.range(0, points())
        .filter(at -> changes.get(at).startsWith("move") && changes.get(at).contains(".deleting-"))
        .max()
        .orElseThrow();
  }

  void crash(int at) {
    table.add(
        "death of the process in " + phase(at),
        at + " " + changes.get(at).replace(root.toString(), ""),
        () -> {
          Path home = fixture.home();
          crash(() -> fixture.train(FaultyFiles.under(new FaultPlans.CrashAt(at), home)));
          return over(home);
        });
  }

  /** A second death, in the command that goes on from the first. */
  void crashTwice(int at, int then) {
    table.add(
        "death of the process that goes on",
        at + ", " + then,
        () -> {
          Path home = fixture.home();
          crash(() -> fixture.train(FaultyFiles.under(new FaultPlans.CrashAt(at), home)));
          try {
            crash(() -> fixture.resume(FaultyFiles.under(new FaultPlans.CrashAt(then), home)));
          } catch (UserException e) {
            FaultFixture.requireOneLine(e); // there was nothing yet to go on from
          }
          return over(home);
        });
  }

  private static void crash(Runnable command) {
    try {
      command.run();
    } catch (FaultPlans.Crash e) {
      // as asked
    }
  }

  /** The disk fails for that many changes. */
  void fail(String kind, int at, long count, String message) {
    table.add(
        kind + " in " + phase(at),
        at + " " + changes.get(at).replace(root.toString(), ""),
        () -> {
          Path home = fixture.home();
          FaultPlan plan = new FaultPlans.FailAt(at, count, message);
          try {
            fixture.train(FaultyFiles.under(plan, home));
          } catch (UserException e) {
            FaultFixture.requireOneLine(e);
            assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT);
            assertThat(e).hasMessageContaining(message);
          }
          return over(home);
        });
  }

  private Verdict over(Path home) throws IOException {
    Verdict verdict = fixture.afterwards(home);
    FaultFixture.forget(home);
    return verdict;
  }
}
