package io.ghostmoe.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Prepares a dataset in a process of its own, so that tests can race it and kill it. */
final class PrepareProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private PrepareProcess(Process process) {
    this.process = process;
    output = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Starts a process that prepares {@code dataset} and stops for ever in the middle if asked. */
  static PrepareProcess start(
      Path cache, Path dataset, String tokenizer, boolean stopInTheMiddle, String... jvmFlags)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(jvmFlags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(PrepareProcess.class.getName());
    command.addAll(List.of(cache.toString(), dataset.toString(), tokenizer));
    command.add(Boolean.toString(stopInTheMiddle));
    return new PrepareProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** Reads the output up to a line that begins with {@code start}; all of it if there is none. */
  List<String> readTo(String start) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.startsWith(start)) {
        break;
      }
    }
    return lines;
  }

  /** Ends the process without giving it a chance to clean up. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    try {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process's own code: cache, dataset, tokenizer, whether to stop in the middle. */
  public static void main(String[] arguments) {
    boolean stop = Boolean.parseBoolean(arguments[3]);
    DatasetRequest request =
        DatasetRequest.builder(Path.of(arguments[1])).tokenizer(arguments[2]).build();
    PrepareListener listener =
        new PrepareListener() {
          @Override
          public void progress(PrepareProgress progress) {
            if (stop && progress.phase() == PrepareProgress.Phase.TOKENIZE) {
              System.out.println("STOPPED");
              while (true) {
                LockSupport.park();
              }
            }
          }

          @Override
          public void note(String line) {
            System.out.println(line);
          }
        };
    try (PreparedDataset data =
        new DatasetPreparer(Path.of(arguments[0])).prepare(request, listener)) {
      long bytes = 0;
      for (int i = 0; i < data.train().documents(); i++) {
        bytes += data.train().byteLength(data.train().start(i));
      }
      System.out.println((data.cacheHit() ? "HIT " : "MISS ") + bytes);
    }
  }
}
