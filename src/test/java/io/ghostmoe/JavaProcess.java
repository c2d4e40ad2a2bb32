package io.ghostmoe;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Another JVM like this one: the same Java, class path and modules. */
public final class JavaProcess {
  private static final int SIGINT = 2;

  private JavaProcess() {}

  /** Starts a main class; what it says on its error stream goes to this one's. */
  public static Process start(Class<?> main, List<String> options, List<String> arguments)
      throws IOException {
    return builder(main.getName(), options, arguments)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /**
   * What starts it.
   *
   * @param main a class, or a file with its source
   */
  public static ProcessBuilder builder(String main, List<String> options, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(interruptible());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.add("-cp");
    command.add(absolute(System.getProperty("java.class.path")));
    command.add(main);
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** The class path as a process in another folder reads it. */
  private static String absolute(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /**
   * What lets Ctrl-C reach the other JVM where this one was started with SIGINT ignored, as a shell
   * without job control starts what it puts in the background: a JVM that inherits that ignores it.
   */
  private static List<String> interruptible() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return List.of();
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("SigIgn:")) {
        long ignored = Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16);
        return (ignored >> (SIGINT - 1) & 1) == 0
            ? List.of()
            : List.of("env", "--default-signal=INT");
      }
    }
    return List.of();
  }
}
