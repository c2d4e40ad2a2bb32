package io.ghostmoe.fuzz;

import io.ghostmoe.SettingsFuzz;
import io.ghostmoe.checkpoint.CheckpointFuzz;
import io.ghostmoe.checkpoint.SafetensorsFuzz;
import io.ghostmoe.data.cache.CacheFuzz;
import io.ghostmoe.data.source.SourceFuzz;
import io.ghostmoe.data.tokenizer.TokenizerFuzz;
import io.ghostmoe.train.MetricsFuzz;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The parsers of untrusted bytes. */
final class FuzzTargets {
  /**
   * One of them.
   *
   * @param type the class, which Jazzer finds by its method's name
   * @param parser that method
   */
  record Target(Class<?> type, Consumer<byte[]> parser) {
    /** Valid files, and inputs that once were findings. */
    Path seeds() {
      try {
        String name = "/fuzz/" + type.getSimpleName();
        return Path.of(Objects.requireNonNull(type.getResource(name), name).toURI());
      } catch (URISyntaxException e) {
        throw new AssertionError(e);
      }
    }

    List<Path> seedFiles() throws IOException {
      try (Stream<Path> files = Files.list(seeds())) {
        return files.sorted().toList();
      }
    }

    @Override
    public String toString() {
      return type.getSimpleName();
    }
  }

  static final List<Target> ALL =
      List.of(
          new Target(SafetensorsFuzz.class, SafetensorsFuzz::fuzzerTestOneInput),
          new Target(CheckpointFuzz.class, CheckpointFuzz::fuzzerTestOneInput),
          new Target(CacheFuzz.class, CacheFuzz::fuzzerTestOneInput),
          new Target(SourceFuzz.class, SourceFuzz::fuzzerTestOneInput),
          new Target(TokenizerFuzz.class, TokenizerFuzz::fuzzerTestOneInput),
          new Target(SettingsFuzz.class, SettingsFuzz::fuzzerTestOneInput),
          new Target(MetricsFuzz.class, MetricsFuzz::fuzzerTestOneInput));

  private FuzzTargets() {}

  static List<Target> all() {
    return ALL;
  }
}
