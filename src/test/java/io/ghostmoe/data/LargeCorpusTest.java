package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.CounterRandom;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A corpus larger than the memory; {@link LargeCorpusBulk} has one that is larger still. */
class LargeCorpusTest {
  @TempDir Path folder;

  @Test
  void aCorpusMayBeLargerThanTheMemory() throws IOException {
    prepare(folder, 120_000_000, "-Xmx100m");
  }

  /** Prepares a corpus of so many bytes in a process of its own, and looks at what came out. */
  static void prepare(Path folder, long bytes, String memory) throws IOException {
    Path corpus = folder.resolve("corpus.jsonl");
    int documents = write(corpus, bytes);
    Path cache = folder.resolve("cache");
    try (PrepareProcess process = PrepareProcess.start(cache, corpus, "gpt2", false, memory)) {
      assertThat(process.readTo("MISS")).last().asString().startsWith("MISS");
    }
    try (PreparedDataset data =
        new DatasetPreparer(cache)
            .prepare(DatasetRequest.builder(corpus).build(), PrepareListener.SILENT)) {
      assertThat(data.cacheHit()).isTrue();
      assertThat(data.train().documents() + data.eval().documents()).isEqualTo(documents);
      assertThat(data.manifest().train().shards()).hasSize((int) (bytes * 9 / 10 / (1 << 26)) + 1);
    }
  }

  /** Documents of a few hundred words each, none of them twice. */
  private static int write(Path corpus, long bytes) throws IOException {
    String[] words =
        "the a of and to in is was that it he for on are as with his they".split(" ", -1);
    int document = 0;
    long written = 0;
    try (BufferedWriter out = Files.newBufferedWriter(corpus)) {
      StringBuilder line = new StringBuilder();
      while (written < bytes) {
        line.setLength(0);
        line.append("{\"text\": \"document ").append(document);
        long key = CounterRandom.key(1, document);
        for (int i = 0; i < 400; i++) {
          line.append(' ').append(words[CounterRandom.below(key, i, words.length)]);
        }
        line.append("\"}\n");
        out.append(line);
        written += line.length();
        document++;
      }
    }
    return document;
  }
}
