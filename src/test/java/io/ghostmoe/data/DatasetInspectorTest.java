package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetInspection.Sample;
import io.ghostmoe.data.LengthHistogram.Bucket;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetInspectorTest {
  @TempDir Path folder;
  private DatasetFixture fixture;
  private DatasetCatalog catalog;

  @BeforeEach
  void writeRows() throws IOException {
    fixture = new DatasetFixture(folder, 20);
    catalog = new DatasetCatalog(fixture.cache);
  }

  private DatasetInspection inspect(int samples) {
    return new DatasetInspector(catalog)
        .inspect(catalog.list().getFirst(), samples, Optional.empty());
  }

  /** Writes little-endian longs into a file of the entry. */
  private static void put(Path file, long at, long... values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      bytes.putLong(value);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(bytes.flip(), at);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte", "gpt2"})
  void theFirstDocumentsOfBothSplitsAreDecoded(String tokenizer) {
    fixture.hits(b -> b.tokenizer(tokenizer));
    DatasetInspection found = inspect(2);
    assertThat(found.tokenizer()).isEqualTo(tokenizer);
    assertThat(found.note()).isEmpty();
    assertThat(found.train()).hasSize(2).extracting(Sample::index).containsExactly(0, 1);
    assertThat(found.eval()).hasSize(2);
    assertThat(found.train())
        .allSatisfy(
            sample -> {
              assertThat(sample.text()).matches("Question: what is \\d+\\?\nAnswer: answer \\d+");
              assertThat(sample.text().substring(sample.answerAt())).matches(" ?answer \\d+");
              assertThat(sample.scored()).isBetween(1, sample.tokens() - 1);
              assertThat(sample.cut()).isFalse();
              assertThat(sample.tokens()).isPositive();
            });
    assertThat(found.trainLengths().buckets().stream().mapToInt(Bucket::documents).sum())
        .isEqualTo(18);
    assertThat(found.trainLengths().longest())
        .isEqualTo(inspect(18).train().stream().mapToInt(Sample::tokens).max().orElseThrow());
    assertThat(inspect(0).train()).isEmpty();
    assertThat(inspect(1000).train()).hasSize(18);
  }

  @Test
  void aLongDocumentIsCutAndSaysSo() throws IOException {
    Files.writeString(
        fixture.dataset, "{\"text\": \"%s\"}\n{\"text\": \"b\"}".formatted("a".repeat(1000)));
    fixture.hits();
    assertThat(inspect(1).train()).hasSize(1);
    Sample longer =
        inspect(1).train().getFirst().cut()
            ? inspect(1).train().getFirst()
            : inspect(1).eval().getFirst();
    assertThat(longer).isEqualTo(new Sample(0, 1000, "a".repeat(256), -1, 1000, true));
  }

  @Test
  void anEntryThatIsNotValidIsShownWithoutDocuments() throws IOException {
    Files.delete(fixture.entry().resolve("eval.offsets"));
    DatasetInspection found = inspect(2);
    assertThat(found.entry().status()).isEqualTo(CatalogEntry.Status.INVALID);
    assertThat(found.train()).isEmpty();
    assertThat(found.tokenizer()).isEmpty();
  }

  @Test
  void anotherTokenizerThanTheEntrysIsRefused() {
    fixture.hits();
    assertThatThrownBy(
            () ->
                new DatasetInspector(catalog)
                    .inspect(catalog.list().getFirst(), 1, Optional.of("gpt2")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("--tokenizer gpt2: local_rows_byte_256/")
        .hasMessageContaining("was made with another, byte");
  }

  @Test
  void aTokenizerFileIsAskedForAndTaken() {
    Path tokenizer = SharedData.file("gpt2-oracle/tokenizer.json");
    fixture.hits(b -> b.tokenizer(tokenizer.toString()));
    DatasetInspection without = inspect(1);
    assertThat(without.tokenizer()).startsWith("tokenizer.json with SHA-256 ");
    assertThat(without.note()).isEqualTo("to decode it pass the file by --tokenizer");
    DatasetInspection with =
        new DatasetInspector(catalog)
            .inspect(catalog.list().getFirst(), 1, Optional.of(tokenizer.toString()));
    assertThat(with.train().getFirst().text()).startsWith("Question: what is ");
  }

  @Test
  void placesAndIdsThatCannotBeAreSaidAndNotRead() throws IOException {
    Path entry = fixture.entry();
    put(entry.resolve("train.offsets"), 8, Long.MAX_VALUE);
    assertThat(inspect(2).note())
        .contains("train.offsets: document 0 goes from 0 to 9223372036", "it is built anew");
    put(entry.resolve("train.offsets"), 8, -1);
    assertThat(inspect(2).note()).contains("train.offsets: document 0 goes from 0 to -1");
    assertThat(inspect(2).train()).isEmpty();
    fixture.hits(b -> b.seed(1)); // another entry, whose first ids are spoilt
    Path other =
        catalog.list().stream()
            .map(CatalogEntry::folder)
            .filter(folder -> !folder.equals(entry))
            .findFirst()
            .orElseThrow();
    put(other.resolve("eval.tokens"), 0, -1);
    CatalogEntry spoilt =
        catalog.list().stream().filter(e -> e.folder().equals(other)).findFirst().orElseThrow();
    assertThat(new DatasetInspector(catalog).inspect(spoilt, 1, Optional.empty()).note())
        .contains("eval.tokens: token 0 is 65535");
  }

  @Test
  void anyBytesInTheFilesGiveDocumentsOrANoteButNoFailure() throws IOException {
    Path entry = fixture.entry();
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      String name = random.nextBoolean() ? "train.offsets" : "eval.tokens";
      Path file = entry.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      byte[] spoilt = whole.clone();
      for (int flips = 0; flips < 8; flips++) {
        // the first and the last offset are checked when an entry is opened
        int at = 8 + random.nextInt(whole.length - 16);
        spoilt[at] = (byte) random.nextInt();
      }
      Files.write(file, spoilt);
      DatasetInspection found = inspect(1000);
      assertThat(found.note().isEmpty()).as("seed %d", seed).isEqualTo(!found.train().isEmpty());
      Files.write(file, whole);
    }
  }
}
