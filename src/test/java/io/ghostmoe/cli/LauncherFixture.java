package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The launcher in a project of its own, among programs that only say how they were called. The
 * places where it looks for a JDK last are one folder, for this machine's are not the test's.
 */
final class LauncherFixture {
  /** Says its arguments, a line each, and what the launcher has to say through the environment. */
  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo 'openjdk version "25.0.1" 2026-01-01' >&2; exit 0; fi
      echo "java ${0%/bin/java}"
      for word; do
        echo "[$word]"
        [ -z "$FAKE_ARCHIVE" ] || case $word in -XX:AOTCacheOutput=*) echo x >"${word#*=}" ;; esac
      done
      echo "LC_ALL=${LC_ALL-none}"
      exit ${FAKE_EXIT:-0}
      """;

  private static final String MAVEN =
      """
      #!/bin/sh
      echo "mvn in $PWD JAVA_HOME=${JAVA_HOME-none} JAVA25_HOME=${JAVA25_HOME-none}"
      [ -z "$FAKE_SECONDS" ] || sleep "$FAKE_SECONDS"
      [ -z "$FAKE_FAILURE" ] || exit "$FAKE_FAILURE"
      : > target/ghostmoe-all.jar
      : > target/.ghostmoe-built
      """;

  /** What of the system the launcher uses; flock is not everywhere. */
  private static final List<String> TOOLS =
      List.of("bash", "find", "readlink", "mkdir", "ln", "mv", "rm", "sleep");

  /** What a start came to. */
  record Result(int code, String out, String err) {
    /** The words that Java was given before the program's own. */
    List<String> jvm() {
      List<String> words = words();
      return words.subList(0, words.indexOf("-jar"));
    }

    /** The words that the program was given. */
    List<String> program() {
      List<String> words = words();
      return words.subList(words.indexOf("-jar") + 2, words.size());
    }

    private List<String> words() {
      assertThat(out).as(err).startsWith("java ");
      return out.lines()
          .filter(line -> line.startsWith("["))
          .map(line -> line.substring(1, line.length() - 1))
          .toList();
    }

    /** How often it was built. */
    long builds() {
      return err.lines().filter(line -> line.startsWith("mvn in ")).count();
    }
  }

  final Path folder;
  final Path project;
  final Path launcher;
  final Path bin;
  final Path places;
  final Map<String, String> environment = new HashMap<>();

  LauncherFixture(Path folder) throws IOException {
    this.folder = folder;
    project = Files.createDirectories(folder.resolve("my project"));
    launcher = project.resolve("ghostmoe");
    bin = Files.createDirectory(folder.resolve("bin"));
    places = Files.createDirectory(folder.resolve("places"));
    String text = Files.readString(Path.of("ghostmoe"));
    String moved =
        text.replaceFirst("(?s)for home in /usr.*?; do", "for home in \"\\$PLACES\"/*; do");
    assertThat(moved).isNotEqualTo(text);
    executable(launcher, moved);
    Files.createDirectories(project.resolve("src/main/java"));
    source("pom.xml", 3600);
    source("src/main/java/A.java", 3600);
    for (String tool : TOOLS) {
      addTool(tool);
    }
    executable(bin.resolve("mvn"), MAVEN);
    environment.put("PATH", bin.toString());
    environment.put("PLACES", places.toString());
  }

  /** Makes a program of the system reachable; false where it is not there. */
  boolean addTool(String name) throws IOException {
    for (String place : System.getenv("PATH").split(":", -1)) {
      Path tool = Path.of(place, name);
      if (Files.isExecutable(tool)) {
        executable(bin.resolve(name), "#!/bin/sh\nexec %s \"$@\"\n".formatted(tool));
        return true;
      }
    }
    return false;
  }

  private static void executable(Path file, String text) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** Writes a source that, with the folders above it, was last changed some seconds ago. */
  void source(String name, long secondsAgo) throws IOException {
    Path file = Files.writeString(project.resolve(name), "");
    FileTime time = FileTime.from(Instant.now().minusSeconds(secondsAgo));
    Path relative = project.relativize(file);
    for (int names = 1; names <= relative.getNameCount(); names++) {
      Files.setLastModifiedTime(project.resolve(relative.subpath(0, names)), time);
    }
  }

  /** Puts a JDK into a folder, with a file that tells its version unless that is empty. */
  Path jdk(Path home, String version) throws IOException {
    executable(home.resolve("bin/java"), JAVA);
    if (!version.isEmpty()) {
      String release =
          "IMPLEMENTOR=\"x\"\nJAVA_RUNTIME_VERSION=\"99\"\nJAVA_VERSION=\"%s\"\n"
              .formatted(version);
      Files.writeString(home.resolve("release"), release);
    }
    return home;
  }

  /** Pretends that everything was built just now. */
  void built() throws IOException {
    Path target = Files.createDirectories(project.resolve("target"));
    Files.writeString(target.resolve("ghostmoe-all.jar"), "");
    Files.writeString(target.resolve(".ghostmoe-built"), "");
  }

  Result run(String... words) throws IOException, InterruptedException {
    return start(launcher, folder, words).await();
  }

  /** Begins to run a path that leads to the launcher, in a folder. */
  Start start(Path command, Path directory, String... words) throws IOException {
    Path err = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(Stream.concat(Stream.of(command.toString()), Stream.of(words)).toList())
            .directory(directory.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return new Start(builder.start(), err);
  }

  /** A launcher at work. */
  record Start(Process process, Path err) {
    Result await() throws IOException, InterruptedException {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), out, Files.readString(err));
    }
  }
}
