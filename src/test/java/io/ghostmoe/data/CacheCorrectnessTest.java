package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.data.cache.Verification.State;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class CacheCorrectnessTest {
  @TempDir Path folder;
  private DatasetFixture fixture;

  @BeforeEach
  void writeRows() throws IOException {
    fixture = new DatasetFixture(folder, 200);
  }

  private List<CatalogEntry> catalog() {
    return new DatasetCatalog(fixture.cache).list();
  }

  @Test
  void theSameRequestHits() throws IOException {
    assertThat(fixture.hits()).isFalse();
    assertThat(fixture.hits()).isTrue();
    assertThat(fixture.entries()).hasSize(1);
    CatalogEntry entry = catalog().getFirst();
    assertThat(entry.status()).isEqualTo(CatalogEntry.Status.VALID);
    assertThat(entry.name()).isEqualTo("local_rows_byte_256");
    assertThat(entry.trainSamples()).isEqualTo(180);
    assertThat(entry.evalSamples()).isEqualTo(20);
    assertThat(entry.tokens()).isPositive();
    assertThat(entry.created()).isNotNull();
    assertThat(new DatasetCatalog(fixture.cache).verify(entry, false).state())
        .isEqualTo(State.SOUND);
  }

  @Test
  void aTouchedButUnchangedSourceHits() throws IOException {
    assertThat(fixture.hits()).isFalse();
    fixture.date(Instant.now().minusSeconds(30));
    assertThat(fixture.hits()).isTrue();
    fixture.write(200, "answer");
    assertThat(fixture.hits()).isTrue();
  }

  @Test
  void aChangedSourceIsBuiltAnewAndTheOldEntryStays() throws IOException {
    assertThat(fixture.hits()).isFalse();
    fixture.write(201, "answer");
    assertThat(fixture.hits()).isFalse();
    fixture.write(200, "answer");
    assertThat(fixture.hits()).isTrue();
    assertThat(fixture.entries()).hasSize(2);
  }

  @Test
  void aChangeThatKeepsSizeAndTimeIsSeen() throws IOException {
    FileTime time = Files.getLastModifiedTime(fixture.dataset);
    assertThat(fixture.hits()).isFalse();
    fixture.write(200, "ANSWER");
    Files.setLastModifiedTime(fixture.dataset, time);
    assertThat(fixture.hits()).isFalse();
  }

  @Test
  void equalContentAtAnotherPathIsAnotherSource() throws IOException {
    assertThat(fixture.hits()).isFalse();
    Path copy = Files.createDirectories(folder.resolve("other")).resolve("rows.jsonl");
    Files.copy(fixture.dataset, copy);
    var request = DatasetRequest.builder(copy).tokenizer("byte").build();
    try (PreparedDataset data =
        new DatasetPreparer(fixture.cache).prepare(request, PrepareListener.SILENT)) {
      assertThat(data.cacheHit()).isFalse();
    }
  }

  @Test
  void noChangedSettingReusesAnEntry() throws IOException {
    List<UnaryOperator<DatasetRequest.Builder>> settings =
        List.of(
            b -> b,
            b -> b.numTrainSamples(50),
            b -> b.numEvalSamples(5),
            b -> b.numTrainSamples(50).numEvalSamples(5),
            b -> b.seed(7),
            b -> b.maxSeqLength(128),
            b -> b.tokenizer("gpt2"),
            b -> b.evalFile(fixture.dataset),
            b -> b.textField("question"),
            b -> b.questionField("answer").answerField("question"));
    List<String> fingerprints = new ArrayList<>();
    for (UnaryOperator<DatasetRequest.Builder> setting : settings) {
      try (PreparedDataset data = fixture.prepare(setting)) {
        assertThat(data.cacheHit()).isFalse();
        fingerprints.add(data.fingerprint());
      }
    }
    assertThat(fingerprints).doesNotHaveDuplicates();
    for (UnaryOperator<DatasetRequest.Builder> setting : settings) {
      assertThat(fixture.hits(setting)).isTrue();
    }
    assertThat(catalog()).hasSize(settings.size());
  }

  @Test
  void theEntryDoesNotDependOnWhereTheCacheLies() {
    try (PreparedDataset here = fixture.prepare();
        PreparedDataset there =
            new DatasetPreparer(folder.resolve("elsewhere"))
                .prepare(
                    DatasetRequest.builder(fixture.dataset).tokenizer("byte").build(),
                    PrepareListener.SILENT)) {
      assertThat(there.fingerprint()).isEqualTo(here.fingerprint());
      assertThat(there.manifest().train()).isEqualTo(here.manifest().train());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"train.tokens", "train.offsets", "eval.answers", "eval.tokens", "cache.json"})
  void aFileCutOffIsNoticedNamedAndBuiltAnew(String name) throws IOException {
    Path file = fixture.entry().resolve(name);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    if (name.equals("cache.json")) {
      Files.writeString(file, Files.readString(file).substring(0, 100));
    }
    assertThat(catalog().getFirst().status()).isEqualTo(CatalogEntry.Status.INVALID);
    assertThat(catalog().getFirst().detail()).contains(name);
    assertThat(fixture.hits()).isFalse();
    assertThat(fixture.notes)
        .anySatisfy(n -> assertThat(n).contains("local_rows_byte_256 is damaged", name));
    assertThat(fixture.hits()).isTrue();
    assertThat(fixture.entries()).hasSize(1);
  }

  @Test
  void aMissingFileIsNoticedAndBuiltAnew() throws IOException {
    Files.delete(fixture.entry().resolve("eval.offsets"));
    assertThat(catalog().getFirst().detail()).isEqualTo("eval.offsets is missing");
    assertThat(fixture.hits()).isFalse();
    assertThat(fixture.hits()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"train.tokens", "train.offsets", "eval.answers", "eval.tokens"})
  void aFlippedBitIsFoundByTheChecksumNamedAndBuiltAnew(String name) throws IOException {
    Path file = fixture.entry().resolve(name);
    byte[] content = Files.readAllBytes(file);
    byte[] flipped = content.clone();
    flipped[9] ^= 4;
    Files.write(file, flipped);
    Verification found = new DatasetCatalog(fixture.cache).verify(catalog().getFirst(), false);
    assertThat(found.state()).isEqualTo(State.BAD);
    assertThat(found.detail()).isEqualTo(name + ": not the content that was written");
    assertThat(fixture.hits()).isFalse();
    assertThat(fixture.notes)
        .anySatisfy(n -> assertThat(n).contains("is damaged", name + " differs", "built anew"));
    assertThat(file).hasBinaryContent(content);
    assertThat(fixture.hits()).isTrue();
  }

  @Test
  void anEntryMovedToAnotherFingerprintIsInvalid() throws IOException {
    Path entry = fixture.entry();
    Files.move(entry, entry.resolveSibling("0".repeat(64)));
    assertThat(catalog().getFirst().status()).isEqualTo(CatalogEntry.Status.INVALID);
    assertThat(catalog().getFirst().detail()).contains("another entry");
  }

  @ParameterizedTest
  @ValueSource(strings = {"..jsonl", "...jsonl", "a b\\c:d*.jsonl", "..%2f..%2fx.jsonl"})
  void noNameLeavesTheCacheFolder(String name) throws IOException {
    Path odd = Files.copy(fixture.dataset, folder.resolve(name));
    var request = DatasetRequest.builder(odd).tokenizer("byte").build();
    try (PreparedDataset data =
        new DatasetPreparer(fixture.cache).prepare(request, PrepareListener.SILENT)) {
      Path inside = fixture.cache.toRealPath().relativize(data.folder().toRealPath());
      assertThat(inside).isEqualTo(Path.of(data.name(), data.fingerprint()));
      assertThat(data.name()).matches("local_[A-Za-z0-9_][A-Za-z0-9._-]*_byte_256");
    }
  }

  @Test
  void concurrentThreadsBuildOnceAndAllReadTheSame() throws Exception {
    int threads = 6;
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<String>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(
            pool.submit(
                () -> {
                  var request = DatasetRequest.builder(fixture.dataset).tokenizer("byte").build();
                  try (PreparedDataset data =
                      new DatasetPreparer(fixture.cache).prepare(request, PrepareListener.SILENT)) {
                    return data.cacheHit() + " " + data.train().token(data.train().tokens() - 1);
                  }
                }));
      }
      List<String> outcomes = new ArrayList<>();
      for (Future<String> result : results) {
        outcomes.add(result.get());
      }
      assertThat(outcomes.stream().filter(o -> o.startsWith("false"))).hasSize(1);
      assertThat(outcomes.stream().map(o -> o.substring(o.indexOf(' '))).distinct()).hasSize(1);
    }
    assertThat(fixture.entries()).hasSize(1);
  }

  @Test
  void anotherProcessThatWantsTheSameWaitsForTheBuilder() throws Exception {
    List<String> heard = new ArrayList<>();
    PrepareListener slow =
        new PrepareListener() {
          @Override
          public void progress(PrepareProgress progress) {
            if (progress.phase() != PrepareProgress.Phase.TOKENIZE || !heard.isEmpty()) {
              return;
            }
            try (PrepareProcess other =
                PrepareProcess.start(fixture.cache, fixture.dataset, "byte", false)) {
              heard.addAll(other.readTo("cache: "));
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    fixture.prepare(b -> b, slow).close();
    assertThat(heard).last().asString().contains("is being built elsewhere");
    try (PrepareProcess after =
        PrepareProcess.start(fixture.cache, fixture.dataset, "byte", false)) {
      assertThat(after.readTo("HIT")).last().isEqualTo("HIT 180");
    }
  }

  @Test
  void aKilledBuildLooksIncompleteAndIsClearedAwayByTheNextRun() throws Exception {
    try (PrepareProcess builder =
        PrepareProcess.start(fixture.cache, fixture.dataset, "byte", true)) {
      assertThat(builder.readTo("STOPPED")).last().isEqualTo("STOPPED");
      fixture.hits(b -> b.seed(1));
      assertThat(catalog().stream().map(CatalogEntry::status))
          .as("what is being built is left alone")
          .containsExactlyInAnyOrder(CatalogEntry.Status.INCOMPLETE, CatalogEntry.Status.VALID);
      builder.kill();
    }
    assertThat(catalog().stream().map(CatalogEntry::status))
        .contains(CatalogEntry.Status.INCOMPLETE);
    fixture.hits(b -> b.seed(2));
    assertThat(catalog().stream().map(CatalogEntry::status))
        .as("a run of any other data clears it away")
        .containsOnly(CatalogEntry.Status.VALID);
    assertThat(fixture.hits()).isFalse();
    assertThat(fixture.hits()).isTrue();
    assertThat(fixture.entries()).hasSize(3).noneMatch(n -> n.endsWith(".incomplete"));
  }

  @Test
  void aHitLoadsNoNativeTokenizer() throws Exception {
    fixture.hits(b -> b.tokenizer("gpt2"));
    try (PrepareProcess process =
        PrepareProcess.start(
            fixture.cache, fixture.dataset, "gpt2", false, "-Xlog:class+load:stdout")) {
      List<String> output = process.readTo("HIT");
      assertThat(output).last().asString().startsWith("HIT");
      assertThat(output).noneMatch(line -> line.contains("ai.djl."));
      assertThat(output).anyMatch(line -> line.contains("io.ghostmoe.data.DatasetPreparer"));
    }
  }
}
