package io.ghostmoe.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.GhostMoE;
import io.ghostmoe.ModelSettings;
import io.ghostmoe.RunSettings;
import io.ghostmoe.TrainSettings;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import io.ghostmoe.faults.FaultTable.Verdict;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Every kind of file of a run that was stopped, and of its cache, damaged in every way. */
final class DamageFaults {
  private static final int STOP = 7;

  private final FaultFixture fixture;
  private final FaultTable table;
  private final Path stopped;
  private final Path other;

  DamageFaults(FaultFixture fixture, FaultTable table) throws IOException {
    this.fixture = fixture;
    this.table = table;
    stopped = fixture.home();
    GhostMoE.train(fixture.settings(stopped).build(), stoppingAfter(STOP));
    other = fixture.home();
    TrainSettings settings =
        fixture
            .settings(other)
            .with(RunSettings.SEED, 43L)
            .with(ModelSettings.NUM_HEADS, 3)
            .build();
    GhostMoE.train(settings, stoppingAfter(STOP));
  }

  private static TrainListener stoppingAfter(long step) {
    return new TrainListener() {
      private boolean stop;

      @Override
      public void onStart(RunStart start) {
        stop = start.firstStep() >= step;
      }

      @Override
      public void onStep(StepMetrics metrics) {
        stop |= metrics.step() >= step;
      }

      @Override
      public boolean cancelled() {
        return stop;
      }
    };
  }

  /** Damages each file in each way, {@code times} times where a way is seeded. */
  void strike(int times) throws IOException {
    for (Path file : files(stopped)) {
      add(file, "emptied", content -> new byte[0]);
      add(file, "swapped", content -> counterpart(file));
      for (int i = 0; i < times; i++) {
        long key = CounterRandom.key(4, kind(file), i);
        add(file, "cut " + i, content -> cut(content, key));
        add(file, "flipped " + i, content -> flipped(content, key));
      }
    }
    table.add("a whole checkpoint", "swapped", this::swapCheckpoint);
  }

  private void add(Path file, String point, UnaryOperator<byte[]> damage) {
    table.add(kind(file), point, () -> strike(file, damage));
  }

  private static byte[] cut(byte[] content, long key) {
    return Arrays.copyOf(content, CounterRandom.below(key, 0, content.length));
  }

  /** That of another run, whole in itself and of the same shapes. */
  private Verdict swapCheckpoint() throws IOException {
    Path home = copy(stopped);
    for (Path file : files(other).stream().filter(DamageFaults::isLatest).toList()) {
      Files.write(home.resolve(file), Files.readAllBytes(other.resolve(file)));
    }
    try {
      fixture.resume(home);
    } catch (UserException e) {
      FaultFixture.requireOneLine(e);
      return Verdict.TOLD;
    }
    throw new AssertionError("went on with another run's weights");
  }

  private Verdict strike(Path file, UnaryOperator<byte[]> damage) throws IOException {
    byte[] whole = Files.readAllBytes(stopped.resolve(file));
    byte[] damaged = damage.apply(whole.clone());
    Path home = copy(stopped);
    Files.write(home.resolve(file), damaged);
    Verdict verdict = goOn(home, file, whole);
    FaultFixture.forget(home);
    return verdict;
  }

  /** Goes on, or is told why not; with the file brought back the run goes on then. */
  private Verdict goOn(Path home, Path file, byte[] whole) throws IOException {
    try {
      fixture.resume(home);
    } catch (UserException e) {
      FaultFixture.requireOneLine(e);
      Files.write(home.resolve(file), whole);
      fixture.resume(home);
      fixture.requireSame(home);
      return Verdict.TOLD;
    }
    if (mayChange(home)) {
      fixture.requireSameWeights(home);
    } else {
      fixture.requireSame(home);
    }
    return Verdict.WENT_ON;
  }

  /** Whether a setting that a resumed run may change is another now: then the bits of it are. */
  private boolean mayChange(Path home) throws IOException {
    return !Files.readString(FaultFixture.run(home).config())
        .replace(home.toString(), stopped.toString())
        .equals(Files.readString(FaultFixture.run(stopped).config()));
  }

  /** A bit of a byte, but none of a path, since that would write anywhere. */
  private byte[] flipped(byte[] content, long key) {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    for (int draw = 0; ; draw += 2) {
      int at = CounterRandom.below(key, draw, content.length);
      int from = text.lastIndexOf('\n', at - 1) + 1;
      int end = text.indexOf('\n', at);
      String line = text.substring(from, end < 0 ? text.length() : end);
      if (!line.contains("_dir\"") && !line.contains(stopped.toString())) {
        content[at] ^= (byte) (1 << CounterRandom.below(key, draw + 1, 8));
        return content;
      }
    }
  }

  /** The file of the other run in the same place. */
  private byte[] counterpart(Path file) {
    try {
      String kind = kind(file);
      for (Path candidate : files(other)) {
        if (kind(candidate).equals(kind)) {
          return Files.readAllBytes(other.resolve(candidate));
        }
      }
      throw new AssertionError("no other " + kind);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String kind(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** The files, relative to the home; of the checkpoints' only the latest one's. */
  private static List<Path> files(Path home) throws IOException {
    try (Stream<Path> all = Files.walk(home)) {
      List<Path> files =
          all.filter(Files::isRegularFile)
              .map(home::relativize)
              .filter(file -> !file.toString().contains("lock"))
              .filter(file -> !file.toString().contains("step-0000000") || isLatest(file))
              .sorted()
              .toList();
      assertThat(files).hasSizeGreaterThan(12);
      return files;
    }
  }

  private static boolean isLatest(Path file) {
    return file.toString().contains("step-%08d".formatted(STOP));
  }

  private Path copy(Path from) throws IOException {
    Path to = fixture.home();
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.write(target, Files.readAllBytes(path));
        }
      }
    }
    Path config = FaultFixture.run(to).config();
    Files.writeString(config, Files.readString(config).replace(from.toString(), to.toString()));
    return to;
  }
}
