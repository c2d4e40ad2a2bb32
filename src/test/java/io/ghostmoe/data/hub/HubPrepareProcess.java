package io.ghostmoe.data.hub;

import io.ghostmoe.JavaProcess;
import io.ghostmoe.data.DatasetOrigin;
import io.ghostmoe.data.DatasetPreparer;
import io.ghostmoe.data.DatasetRequest;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PrepareProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Prepares a dataset of the Hub in a process of its own, which a test kills at a chosen moment. */
final class HubPrepareProcess {
  static final String STOPPED = "STOPPED";

  private static final List<String> SMALL =
      List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private HubPrepareProcess() {}

  /** Starts one that says {@link #STOPPED} at an event of its listener, and waits for its end. */
  static Process start(LocalHub hub, Path home, String repository, int event) throws IOException {
    return JavaProcess.start(
        HubPrepareProcess.class,
        SMALL,
        List.of(hub.address().toString(), home.toString(), repository, Integer.toString(event)));
  }

  /** Where such a process keeps what it prepares. */
  static Path cache(Path home) {
    return home.resolve("data-preprocessed");
  }

  static DatasetRequest request(String repository) {
    return DatasetRequest.builder(new DatasetOrigin.OnHub(HubDataset.of(repository, null, null)))
        .tokenizer("byte")
        .build();
  }

  /** The process's own code: endpoint, home, repository, event. */
  public static void main(String[] arguments) {
    Path home = Path.of(arguments[1]);
    HubEnvironment environment =
        HubEnvironment.of(
            Map.of("HF_ENDPOINT", arguments[0], "HF_HOME", home.resolve("hf").toString()), home);
    new DatasetPreparer(cache(home), () -> environment)
        .prepare(request(arguments[2]), new Stopping(Integer.parseInt(arguments[3])))
        .close();
  }

  /** Stops for ever at an event, on the thread that reads and fetches; others go on. */
  private static final class Stopping implements PrepareListener {
    private int left;

    Stopping(int event) {
      left = event;
    }

    @Override
    public void note(String line) {
      count();
    }

    @Override
    public void progress(PrepareProgress progress) {
      count();
    }

    private void count() {
      if (--left == 0) {
        System.out.println(STOPPED);
        while (true) {
          LockSupport.park();
        }
      }
    }
  }
}
