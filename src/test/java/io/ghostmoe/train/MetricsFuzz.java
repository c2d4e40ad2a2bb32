package io.ghostmoe.train;

import io.ghostmoe.checkpoint.FileMark;
import io.ghostmoe.fuzz.FuzzInput;
import java.nio.file.Files;
import java.nio.file.Path;

/** Metrics and a summary of any bytes, as a resumed run finds them. */
public final class MetricsFuzz {
  private MetricsFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    FuzzInput.check(
        folder -> {
          Path file = Files.write(folder.resolve("metrics.jsonl"), input);
          MetricsJson.isSummaryAfter(12, file);
          MetricsFile.truncateAfter(file, 7, FileMark.EMPTY);
          try (MetricsFile metrics = MetricsFile.open(file)) {
            metrics.complete(new EvaluationMetrics(7, 1, 1, 1));
            metrics.mark(true);
          }
        });
  }
}
