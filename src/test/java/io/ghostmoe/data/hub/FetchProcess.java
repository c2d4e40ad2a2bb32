package io.ghostmoe.data.hub;

import io.ghostmoe.JavaProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Fetches a dataset in a process of its own, so that tests can race it and kill it. */
final class FetchProcess {
  private static final List<String> SMALL =
      List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private FetchProcess() {}

  static Process start(LocalHub hub, Path home, String repository) throws IOException {
    return JavaProcess.start(
        FetchProcess.class, SMALL, List.of(hub.address().toString(), home.toString(), repository));
  }

  /** The process's own code: endpoint, home, repository. Says {@code !} before it begins. */
  public static void main(String[] arguments) {
    System.out.println("!");
    HubListener listener =
        new HubListener() {
          @Override
          public void note(String line) {
            System.out.println(line);
          }

          @Override
          public void progress(long bytes, long total) {}

          @Override
          public boolean cancelled() {
            return false;
          }
        };
    HubEnvironment environment =
        HubEnvironment.of(
            java.util.Map.of("HF_ENDPOINT", arguments[0], "HF_HOME", arguments[1] + "/hf"),
            Path.of(arguments[1]));
    HubSnapshot snapshot =
        new Hub(environment).fetch(HubDataset.of(arguments[2], null, null), listener);
    System.out.println("FETCHED " + snapshot.train().size());
  }
}
