package io.ghostmoe.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A small dataset and a cache in a test's own folder, and what the listener heard. */
final class DatasetFixture {
  final Path cache;
  final Path dataset;
  final List<String> notes = new ArrayList<>();

  DatasetFixture(Path folder, int rows) throws IOException {
    cache = folder.resolve("cache");
    dataset = folder.resolve("rows.jsonl");
    write(rows, "answer");
  }

  /** Writes question-and-answer rows, dated a minute ago as a settled file is. */
  void write(int rows, String answer) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      lines.append(
          "{\"question\": \"what is %d?\", \"answer\": \"%s %d\", \"why\": 1}\n"
              .formatted(i, answer, i));
    }
    Files.writeString(dataset, lines);
    date(Instant.now().minusSeconds(60));
  }

  void date(Instant time) throws IOException {
    Files.setLastModifiedTime(dataset, FileTime.from(time));
  }

  PreparedDataset prepare() {
    return prepare(b -> b);
  }

  PreparedDataset prepare(UnaryOperator<DatasetRequest.Builder> settings) {
    return prepare(
        settings,
        new PrepareListener() {
          @Override
          public void note(String line) {
            notes.add(line);
          }
        });
  }

  PreparedDataset prepare(
      UnaryOperator<DatasetRequest.Builder> settings, PrepareListener listener) {
    notes.clear();
    DatasetRequest.Builder builder = DatasetRequest.builder(dataset).tokenizer("byte");
    return new DatasetPreparer(cache).prepare(settings.apply(builder).build(), listener);
  }

  /** Prepares and says whether nothing had to be built. */
  boolean hits(UnaryOperator<DatasetRequest.Builder> settings) {
    try (PreparedDataset data = prepare(settings)) {
      return data.cacheHit();
    }
  }

  boolean hits() {
    return hits(b -> b);
  }

  /** The folder of the entry that the usual request has. */
  Path entry() {
    try (PreparedDataset data = prepare()) {
      return data.folder();
    }
  }

  /** Names of everything in the cache but locks and the memory of sources. */
  List<String> entries() throws IOException {
    try (var files = Files.walk(cache, 2)) {
      return files
          .filter(f -> cache.relativize(f).getNameCount() == 2)
          .filter(f -> !cache.relativize(f).startsWith(".locks"))
          .map(f -> f.getFileName().toString())
          .toList();
    }
  }
}
