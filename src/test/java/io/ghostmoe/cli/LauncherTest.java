package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ghostmoe.cli.LauncherFixture.Result;
import io.ghostmoe.cli.LauncherFixture.Start;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code ghostmoe}: which Java it finds, when it builds, and what it hands on. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there ghostmoe.cmd takes the script's place")
class LauncherTest {
  @TempDir Path folder;
  private LauncherFixture launcher;

  @BeforeEach
  void aProjectThatIsBuilt() throws IOException {
    launcher = new LauncherFixture(folder);
    launcher.built();
  }

  private Path jdk25() throws IOException {
    Path home = launcher.jdk(folder.resolve("jdk-25"), "25.0.3");
    launcher.environment.put("JAVA_HOME", home.toString());
    return home;
  }

  private void assertJava(Path home) throws Exception {
    Result result = launcher.run("--version");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).startsWith("java " + home + "\n");
    assertThat(result.err()).isEmpty();
  }

  private void assertFails(String... expected) throws Exception {
    Result result = launcher.run("train");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).startsWith("ghostmoe: ").contains(expected).hasLineCount(1);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void javaHomeComesFirst() throws Exception {
    Path home = jdk25();
    launcher.jdk(launcher.places.resolve("jdk-25"), "25");
    launcher.environment.merge(
        "PATH", launcher.jdk(folder.resolve("b"), "26") + "/bin:", (old, more) -> more + old);
    assertJava(home);
  }

  @Test
  void thenTheJavaOnPathThroughAllItsLinks() throws Exception {
    launcher.environment.put("JAVA_HOME", launcher.jdk(folder.resolve("old"), "17.0.9").toString());
    Path home = launcher.jdk(folder.resolve("jdk 26"), "26-ea");
    Path link = Files.createSymbolicLink(folder.resolve("link"), home.resolve("bin/java"));
    Files.createSymbolicLink(launcher.bin.resolve("java"), Path.of("../" + link.getFileName()));
    assertJava(home);
  }

  @Test
  void thenTheLowestThatWillDoInTheUsualPlaces() throws Exception {
    Files.createSymbolicLink(
        launcher.bin.resolve("java"),
        launcher.jdk(folder.resolve("old"), "1.8.0_392").resolve("bin/java"));
    for (String version : List.of("27", "25.0.1", "26", "9.0.4", "17.0.1", "24.0.2")) {
      launcher.jdk(launcher.places.resolve("jdk " + version), version);
    }
    Files.createDirectories(launcher.places.resolve("empty/bin"));
    assertJava(launcher.places.resolve("jdk 25.0.1"));
  }

  @Test
  void aJdkWithoutAReleaseFileIsAsked() throws Exception {
    Path home = launcher.jdk(folder.resolve("bare"), "");
    launcher.environment.put("JAVA_HOME", home.toString());
    assertJava(home);
  }

  @Test
  void withoutAJdkItFailsInOneLineWithTheRemedy() throws Exception {
    launcher.jdk(launcher.places.resolve("jdk-24"), "24.0.2");
    launcher.environment.put("JAVA_HOME", folder.resolve("nothing").toString());
    assertFails("no JDK 25 or newer", "install one", "JAVA_HOME");
  }

  @Test
  void itBuildsOnFirstUseAndNotAgain() throws Exception {
    Path home = jdk25();
    Files.delete(launcher.project.resolve("target/.ghostmoe-built"));
    Files.delete(launcher.project.resolve("target/ghostmoe-all.jar"));
    Files.delete(launcher.project.resolve("target"));
    Result first = launcher.run("train");
    assertThat(first.code()).isZero();
    assertThat(first.program()).containsExactly("train");
    assertThat(first.err().lines())
        .containsExactly(
            "ghostmoe: building in %s/target (on first use Maven fetches the libraries, which can"
                    .formatted(launcher.project)
                + " take minutes)",
            "mvn in %s JAVA_HOME=%s JAVA25_HOME=%s".formatted(launcher.project, home, home));
    assertThat(launcher.run("train").err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pom.xml", "src/main/java/A.java", "src/main/resources.txt"})
  void itBuildsWhenASourceIsNewer(String source) throws Exception {
    jdk25();
    launcher.source(source, -3600);
    assertThat(launcher.run("train").builds()).isOne();
    assertThat(launcher.run("train").builds()).isOne(); // newer than even this build
    launcher.source(source, 3600);
    launcher.source("src/main/java/A.java", 3600);
    assertThat(launcher.run("train").builds()).isZero();
  }

  @Test
  void itBuildsWhenASourceIsGone() throws Exception {
    jdk25();
    launcher.source("src/main/java/B.java", 3600);
    assertThat(launcher.run("train").builds()).isZero();
    Thread.sleep(20); // what a folder's time is good for
    Files.delete(launcher.project.resolve("src/main/java/B.java"));
    assertThat(launcher.run("train").builds()).isOne();
  }

  @Test
  void whereThereAreNoSourcesTheJarIsEnough() throws Exception {
    jdk25();
    launcher.source("pom.xml", -3600);
    Files.delete(launcher.project.resolve("src/main/java/A.java"));
    Files.delete(launcher.project.resolve("src/main/java"));
    Files.delete(launcher.project.resolve("src/main"));
    assertThat(launcher.run("train").builds()).isZero();
  }

  @Test
  void mavenGetsTheJdkWhereItWouldFindNoJavaOfItsOwn() throws Exception {
    launcher.source("pom.xml", -1);
    Path home = launcher.jdk(launcher.places.resolve("jdk-25"), "25.0.3");
    assertThat(launcher.run("train").err())
        .contains("JAVA_HOME=%s JAVA25_HOME=%s".formatted(home, home));
    launcher.source("pom.xml", -1);
    Path old = launcher.jdk(folder.resolve("old"), "17");
    launcher.environment.put("JAVA_HOME", old.toString());
    assertThat(launcher.run("train").err())
        .contains("JAVA_HOME=%s JAVA25_HOME=%s".formatted(old, home));
  }

  @Test
  void aBuildThatFailsSaysHowToRepeatIt() throws Exception {
    jdk25();
    launcher.source("pom.xml", -3600);
    launcher.environment.put("FAKE_FAILURE", "3");
    Result result = launcher.run("train");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err().lines())
        .last()
        .asString()
        .startsWith("ghostmoe: the build failed")
        .contains("'mvn package' in " + launcher.project);
    assertThat(result.out()).isEmpty();
    launcher.environment.put("FAKE_FAILURE", "130");
    assertThat(launcher.run("train").code()).isEqualTo(130);
  }

  @Test
  void withoutMavenItFailsInOneLineWithTheRemedy() throws Exception {
    jdk25();
    launcher.source("pom.xml", -3600);
    Files.delete(launcher.bin.resolve("mvn"));
    assertFails("Maven is needed", "install Maven 3.8");
  }

  @ParameterizedTest(name = "with flock: {0}")
  @ValueSource(booleans = {true, false})
  void twoAtOnceBuildOnce(boolean flock) throws Exception {
    assumeTrue(!flock || launcher.addTool("flock"), "there is no flock on this machine");
    jdk25();
    launcher.source("pom.xml", 3600);
    Files.delete(launcher.project.resolve("target/.ghostmoe-built"));
    launcher.environment.put("FAKE_SECONDS", "0.4");
    Start one = launcher.start(launcher.launcher, folder, "train");
    Start other = launcher.start(launcher.launcher, folder, "train");
    List<Result> results = List.of(one.await(), other.await());
    assertThat(results).allSatisfy(result -> assertThat(result.program()).containsExactly("train"));
    assertThat(results.stream().mapToLong(Result::builds).sum()).isOne();
    assertThat(results).anyMatch(result -> result.err().contains("waiting for another build"));
  }

  @ParameterizedTest(name = "ghostmoe {0}")
  @ValueSource(strings = {"--version", "datasets list", "datasets verify", "inspect"})
  void shortCommandsStartFromAnArchiveThatIsMadeOnce(String words) throws Exception {
    jdk25();
    launcher.environment.put("FAKE_ARCHIVE", "1");
    Path archive = launcher.project.resolve("target/ghostmoe.aot");
    assertThat(launcher.run(words.split(" ")).jvm()).contains("-XX:AOTCache=" + archive);
    FileTime made = Files.getLastModifiedTime(archive);
    assertThat(launcher.run(words.split(" ")).jvm()).contains("-XX:AOTCache=" + archive);
    assertThat(Files.getLastModifiedTime(archive)).isEqualTo(made);
    assertThat(launcher.run("train").jvm()).doesNotContain("-XX:AOTCache=" + archive);
  }

  @Test
  void preparingStartsFromAnArchiveThatWasMadeByPreparing() throws Exception {
    jdk25();
    launcher.environment.put("FAKE_ARCHIVE", "1");
    Path archive = launcher.project.resolve("target/prepare.aot");
    Result result = launcher.run("prepare", "--dataset", "my.jsonl");
    assertThat(result.jvm()).contains("-XX:AOTCache=" + archive);
    assertThat(result.program()).containsExactly("prepare", "--dataset", "my.jsonl");
    assertThat(launcher.run("datasets", "list").jvm())
        .contains("-XX:AOTCache=" + launcher.project.resolve("target/ghostmoe.aot"));
  }

  @Test
  void anArchiveOfAnOlderJarIsMadeAnew() throws Exception {
    jdk25();
    launcher.environment.put("FAKE_ARCHIVE", "1");
    Path archive = Files.writeString(launcher.project.resolve("target/ghostmoe.aot"), "old");
    Files.setLastModifiedTime(archive, FileTime.fromMillis(0));
    launcher.run("--version");
    assertThat(archive).hasContent("x");
  }

  @Test
  void aJdkThatMakesNoArchiveIsAskedOnce() throws Exception {
    jdk25();
    Path archive = launcher.project.resolve("target/ghostmoe.aot");
    assertThat(launcher.run("--version").jvm()).doesNotContain("-XX:AOTCache=" + archive);
    assertThat(archive).isEmptyFile();
    launcher.environment.put("FAKE_ARCHIVE", "1");
    launcher.run("--version");
    assertThat(archive).isEmptyFile();
  }

  @ParameterizedTest(name = "ghostmoe {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | plain",
        "--help | plain",
        "--version | plain",
        "-V | plain",
        "train --help | plain",
        "inspect --run a | plain",
        "completion | plain",
        "trian | plain",
        "--list-datasets | plain",
        "--clean-datasets | plain",
        "--clean-invalid | optimised",
        "datasets list | plain",
        "datasets verify | optimised",
        "prepare --dataset x | optimised",
        "train | vectors",
        "eval | vectors",
        "generate --prompt x | vectors",
        "estimate | vectors",
        "doctor | vectors",
        "--debug train | vectors",
      })
  void theJvmHasWhatTheCommandNeedsAndNoMore(String words, String kind) throws Exception {
    jdk25();
    Result result = launcher.run(words.isEmpty() ? new String[0] : words.split(" "));
    List<String> jvm =
        List.of(
            "-Dghostmoe.home=" + launcher.project,
            "-XX:+UseSerialGC",
            "-XX:MaxRAMPercentage=70",
            "--enable-native-access=ALL-UNNAMED");
    List<String> more =
        switch (kind) {
          case "plain" -> List.of("-XX:TieredStopAtLevel=1");
          case "vectors" ->
              List.of(
                  "--add-modules",
                  "jdk.incubator.vector",
                  "-Xmn32m",
                  "-XX:CompileCommand=quiet",
                  "-XX:CompileCommand=CompileThresholdScaling,io.ghostmoe.tensor.cpu.*::*,0.02");
          default -> List.of();
        };
    assertThat(result.jvm())
        .containsExactlyElementsOf(Stream.concat(jvm.stream(), more.stream()).toList());
  }

  @Test
  void optionsForTheJvmComeLastAndArgumentsStayAsTheyAre() throws Exception {
    jdk25();
    launcher.environment.put("GHOSTMOE_JAVA_OPTS", " -Xmx8g  -Da=* ");
    launcher.environment.put("FAKE_EXIT", "130");
    String[] words = {"generate", "--prompt", "", "a  b", "*", "$HOME", "'\"\\", "!x", "λ", "@f"};
    Result result = launcher.run(words);
    assertThat(result.code()).isEqualTo(130);
    assertThat(result.jvm()).endsWith("-Xmx8g", "-Da=*");
    assertThat(result.program()).containsExactly(words);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void itIsFoundThroughLinksAndOnPath() throws Exception {
    jdk25();
    Path elsewhere = Files.createDirectories(folder.resolve("else where/deep"));
    Path second = Files.createSymbolicLink(folder.resolve("second"), launcher.launcher);
    Path first = Files.createSymbolicLink(elsewhere.resolve("gm"), Path.of("../../second"));
    Files.createSymbolicLink(launcher.bin.resolve("ghostmoe-link"), first);
    launcher.environment.put("CDPATH", folder.toString()); // makes cd print
    for (Path command :
        List.of(launcher.launcher, second, first, launcher.bin.resolve("ghostmoe-link"))) {
      assertThat(launcher.start(command, elsewhere, "train").await().jvm())
          .startsWith("-Dghostmoe.home=" + launcher.project);
    }
    Path inPlace = Path.of("/bin/sh");
    assertThat(
            launcher
                .start(inPlace, launcher.project, "-c", "./ghostmoe train && bash ghostmoe eval")
                .await()
                .out()
                .lines())
        .filteredOn(line -> line.equals("[-Dghostmoe.home=" + launcher.project + "]"))
        .hasSize(2);
  }

  @Test
  void withoutALocaleItIsUtf8() throws Exception {
    jdk25();
    assertThat(launcher.run("train").out()).endsWith("LC_ALL=C.UTF-8\n");
    launcher.environment.put("LANG", "de_DE.UTF-8");
    assertThat(launcher.run("train").out()).endsWith("LC_ALL=none\n");
    launcher.environment.put("LC_ALL", "POSIX");
    assertThat(launcher.run("train").out()).endsWith("LC_ALL=C.UTF-8\n");
  }

  @Test
  void everyCommandIsKnownToBothLaunchers() throws IOException {
    String script = Files.readString(Path.of("ghostmoe"));
    String cmd = Files.readString(Path.of("ghostmoe.cmd"));
    List<String> plain = List.of("inspect", "completion"); // what a launcher does not know
    assertThat(HelpTest.commands())
        .filteredOn(name -> !name.isEmpty() && !name.contains(" ") && !plain.contains(name))
        .hasSizeGreaterThan(6)
        .allSatisfy(
            name -> {
              assertThat(script).contains(" " + name + ":*");
              assertThat(cmd).containsPattern("for %%c in \\([^)]*\\b" + name + "\\b[^)]*\\) do");
            });
  }

  @Test
  void bothLaunchersGiveTheJvmTheSame() throws IOException {
    Pattern flag =
        Pattern.compile("-XX:(?!AOT)[\\w=+.,*:]+|-Xmn\\w+|--add-modules [\\w.]+|--enable-[\\w=-]+");
    assertThat(matches(flag, "ghostmoe.cmd")).hasSize(8).isEqualTo(matches(flag, "ghostmoe"));
    Pattern maven = Pattern.compile("mvn -B .* package");
    assertThat(matches(maven, "ghostmoe.cmd")).hasSize(1).isEqualTo(matches(maven, "ghostmoe"));
  }

  private static List<String> matches(Pattern pattern, String file) throws IOException {
    return pattern
        .matcher(Files.readString(Path.of(file)).replaceAll("\\\\\n +", ""))
        .results()
        .map(MatchResult::group)
        .sorted()
        .toList();
  }

  @Test
  void windowsReadsItsScriptInItsOwnLines() throws IOException {
    byte[] cmd = Files.readAllBytes(Path.of("ghostmoe.cmd"));
    String text = new String(cmd, StandardCharsets.ISO_8859_1);
    assertThat(text).matches("[\\x20-\\x7e\r\n]*").doesNotContainPattern("(?<!\r)\n|\r(?!\n)");
    assertThat(Files.readString(Path.of(".gitattributes"))).contains("*.cmd text eol=crlf\n");
  }
}
