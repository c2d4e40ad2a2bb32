package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.data.cache.Removal;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.cache.Verification.State;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Verifying and removing entries that were really built, also while somebody uses them. */
@Timeout(120)
class DatasetRemovalTest {
  @TempDir Path folder;
  private DatasetFixture fixture;
  private DatasetCatalog catalog;

  @BeforeEach
  void writeRows() throws IOException {
    fixture = new DatasetFixture(folder, 200);
    catalog = new DatasetCatalog(fixture.cache);
  }

  private static void flipABit(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    content[content.length / 2] ^= 1;
    Files.write(file, content);
  }

  private static void cutOff(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
  }

  /** Every file below the cache but locks. */
  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(fixture.cache)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> fixture.cache.relativize(file).toString())
          .filter(file -> !file.startsWith(".locks"))
          .toList();
    }
  }

  @Test
  void everyFlippedBitIsFoundAndNamed() throws IOException {
    Path entry = fixture.entry();
    for (String name :
        List.of("train.tokens", "train.offsets", "train.answers", "eval.tokens", "eval.offsets")) {
      flipABit(entry.resolve(name));
      assertThat(catalog.list().getFirst().status()).isEqualTo(CatalogEntry.Status.VALID);
      for (boolean deep : new boolean[] {false, true}) {
        assertThat(catalog.verify(catalog.list().getFirst(), deep).detail())
            .startsWith(name + ": not the");
      }
      flipABit(entry.resolve(name));
    }
    assertThat(catalog.verify(catalog.list().getFirst(), false).state()).isEqualTo(State.SOUND);
    assertThat(catalog.verify(catalog.list().getFirst(), true).state()).isEqualTo(State.SOUND);
  }

  @Test
  void cleaningTheInvalidTakesWhatVerifyFindsBadAndNothingElse() throws IOException {
    fixture.hits(b -> b.seed(1));
    fixture.hits(b -> b.seed(2));
    fixture.hits(b -> b.seed(3));
    List<CatalogEntry> all = catalog.list();
    cutOff(all.get(0).folder().resolve("eval.tokens"));
    flipABit(all.get(1).folder().resolve("train.tokens"));
    Removal removal = catalog.cleanInvalid();
    assertThat(removal.removed())
        .extracting(CatalogEntry::fingerprint)
        .containsExactly(all.get(0).fingerprint(), all.get(1).fingerprint());
    assertThat(removal.bytes()).isEqualTo(all.get(0).bytes() - 1 + all.get(1).bytes());
    assertThat(catalog.list()).containsExactly(all.get(2));
    assertThat(catalog.cleanInvalid().removed()).isEmpty();
    assertThat(files()).contains("sources.json");
  }

  @Test
  void cleaningLeavesLocksAndNoOtherFile() throws IOException {
    fixture.hits(b -> b.seed(1));
    fixture.hits(b -> b.maxSeqLength(32));
    assertThat(catalog.clean().removed()).hasSize(2);
    assertThat(files()).isEmpty();
    assertThat(fixture.entries()).isEmpty();
    assertThat(catalog.clean().removed()).isEmpty();
    assertThat(fixture.hits()).as("the cache can be used again").isFalse();
  }

  @Test
  void whoHasAnEntryOpenReadsOnAfterItsRemoval() {
    try (PreparedDataset data = fixture.prepare()) {
      long before = sum(data.train()) + sum(data.eval());
      assertThat(catalog.clean().removed()).hasSize(1);
      assertThat(data.folder()).doesNotExist();
      assertThat(sum(data.train()) + sum(data.eval())).isEqualTo(before);
      try (PreparedDataset anew = fixture.prepare()) {
        assertThat(anew.cacheHit()).isFalse();
        assertThat(sum(anew.train()) + sum(anew.eval())).isEqualTo(before);
      }
    }
  }

  private static long sum(TokenStore store) {
    long sum = 0;
    for (long index = 0; index < store.tokens(); index++) {
      sum += store.token(index) * (index + 1);
    }
    return sum;
  }

  @Test
  void whatAnotherProcessBuildsIsNeitherBadNorRemovedAndIsFinished() throws Exception {
    try (PrepareProcess builder =
        PrepareProcess.start(fixture.cache, fixture.dataset, "byte", true)) {
      assertThat(builder.readTo("STOPPED")).last().isEqualTo("STOPPED");
      CatalogEntry built = catalog.list().getFirst();
      assertThat(catalog.verify(built, false).state()).isEqualTo(State.BEING_BUILT);
      assertThat(catalog.cleanInvalid()).isEqualTo(new Removal(List.of(), List.of(), List.of()));
      for (Removal removal : List.of(catalog.clean(), catalog.remove(List.of(built)))) {
        assertThat(removal.removed()).isEmpty();
        assertThat(removal.kept())
            .containsExactly(new Removal.Kept(built, "another process is building it"));
      }
      assertThat(catalog.list()).hasSize(1);
      builder.kill();
    }
    CatalogEntry left = catalog.list().getFirst();
    assertThat(catalog.verify(left, false).state()).isEqualTo(State.BAD);
    assertThat(catalog.cleanInvalid().removed()).containsExactly(left);
    assertThat(fixture.entries()).isEmpty();
  }

  @Test
  void removalsAndPreparationsAtTheSameTimeDisturbNobody() throws Exception {
    int rounds = 25;
    try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
      List<Future<Long>> sums = new ArrayList<>();
      for (int user = 0; user < 2; user++) {
        for (int round = 0; round < rounds; round++) {
          sums.add(
              pool.submit(
                  () -> {
                    try (PreparedDataset data = prepareQuietly()) {
                      return sum(data.train());
                    }
                  }));
        }
      }
      Future<Integer> removed =
          pool.submit(
              () -> {
                int count = 0;
                while (sums.stream().anyMatch(sum -> !sum.isDone())) {
                  count += catalog.clean().removed().size();
                }
                return count;
              });
      List<Long> results = new ArrayList<>();
      for (Future<Long> sum : sums) {
        results.add(sum.get());
      }
      assertThat(results.stream().distinct()).hasSize(1);
      assertThat(removed.get()).as("removals that met an entry").isPositive();
    }
  }

  private PreparedDataset prepareQuietly() {
    return new DatasetPreparer(fixture.cache)
        .prepare(
            DatasetRequest.builder(fixture.dataset).tokenizer("byte").build(),
            PrepareListener.SILENT);
  }

  @Test
  void aStrangersFolderThatEndsInIncompleteSurvivesAPreparation() throws IOException {
    Path file =
        Files.createDirectories(fixture.cache.resolve("downloads/film.incomplete")).resolve("part");
    Files.writeString(file, "mine");
    Files.createDirectories(fixture.cache.resolve("downloads/film.damaged"));
    fixture.hits();
    assertThat(file).hasContent("mine");
    assertThat(file.resolveSibling("../film.damaged")).exists();
  }
}
