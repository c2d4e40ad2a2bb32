package io.ghostmoe.fuzz;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.ghostmoe.base.CounterRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The parsers of untrusted bytes, on valid files, on former findings, and on a few mutants. */
class FuzzSeedsTest {
  private static final int MUTANTS = Integer.getInteger("fuzz.mutants", 500);

  static List<FuzzTargets.Target> targets() {
    return FuzzTargets.all();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aSeedIsParsedOrRefusedInOneLine(FuzzTargets.Target target) throws IOException {
    for (Path seed : target.seedFiles()) {
      check(target, seed.toString(), Files.readAllBytes(seed));
    }
  }

  @ParameterizedTest
  @MethodSource("targets")
  void aMutantOfASeedIsParsedOrRefusedInOneLine(FuzzTargets.Target target) throws IOException {
    List<Path> seeds = target.seedFiles();
    long key = CounterRandom.key(4, target.toString());
    for (int i = 0; i < MUTANTS; i++) {
      Path seed = seeds.get(i % seeds.size());
      Path other = seeds.get(CounterRandom.below(key, i, seeds.size()));
      byte[] mutant =
          new Mutations(CounterRandom.key(key, i))
              .of(Files.readAllBytes(seed), Files.readAllBytes(other));
      check(target, "mutant " + i + " of " + seed, mutant);
    }
  }

  private static void check(FuzzTargets.Target target, String name, byte[] input) {
    assertThatCode(() -> target.parser().accept(input))
        .as(
            "%s: %s: %s",
            target, name, HexFormat.of().formatHex(input, 0, Math.min(4000, input.length)))
        .doesNotThrowAnyException();
  }
}
