package io.ghostmoe.data.lambda;

import io.ghostmoe.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes the dataset: {@code java -cp target/ghostmoe-all.jar
 * io.ghostmoe.data.lambda.GenerateLambdaDataset [FILE]}, by default {@code
 * data/lambda_dataset.json}.
 */
public final class GenerateLambdaDataset {
  static final long SEED = 42;
  static final int COUNT = 1_000;

  private GenerateLambdaDataset() {}

  /** Writes the file that the first argument names. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments.length == 0 ? "data/lambda_dataset.json" : arguments[0]);
    AtomicFiles.writeString(file, toJson(ExerciseGenerator.generate(SEED, COUNT)));
  }

  /** A JSON array with one exercise a line, so that two versions of the file can be compared. */
  static String toJson(List<Exercise> exercises) {
    JsonMapper mapper = JsonMapper.builder().build();
    return exercises.stream()
        .map(mapper::writeValueAsString)
        .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }
}
