package io.ghostmoe.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each parser of untrusted bytes under Jazzer, which is led by coverage: {@code mvn -Pfuzz test
 * -Dfuzz.minutes=10 -Dfuzz.targets=CacheFuzz,SourceFuzz}. What it found before is in {@code
 * target/fuzz} and goes into the next time.
 */
class JazzerFuzz {
  private static final Pattern RUNS = Pattern.compile("Done (\\d+) runs in (\\d+) second");

  static List<FuzzTargets.Target> targets() {
    String only = System.getProperty("fuzz.targets", "");
    return FuzzTargets.all().stream()
        .filter(target -> only.isEmpty() || List.of(only.split(",")).contains(target.toString()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void findsNothingNew(FuzzTargets.Target target) throws IOException, InterruptedException {
    Path folder = Files.createDirectories(Path.of("target", "fuzz", target.toString()));
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    Path log = folder.resolve("log.txt");
    long seconds = Math.round(60 * Double.parseDouble(System.getProperty("fuzz.minutes", "10")));
    int code =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+EnableDynamicAgentLoading",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=io.ghostmoe.**",
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.*",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + seconds,
                "-timeout=60",
                "-max_len=20000",
                corpus.toString(),
                target.seeds().toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    String said = Files.readString(log);
    MatchResult runs = RUNS.matcher(said).results().findFirst().orElse(null);
    System.out.printf(
        "%s: %s%n",
        target, runs == null ? "no end" : runs.group(1) + " executions in " + runs.group(2) + " s");
    assertThat(code).as("the finding is in %s", log).isZero();
    assertThat(runs).isNotNull();
  }
}
