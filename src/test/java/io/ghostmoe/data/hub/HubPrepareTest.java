package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.DatasetOrigin;
import io.ghostmoe.data.DatasetPreparer;
import io.ghostmoe.data.DatasetRequest;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a name of the Hub to tokens. */
class HubPrepareTest {
  private static final HubDataset GSM8K = HubDataset.of("openai/gsm8k", "main", null);

  @TempDir Path home;
  private HubFixture fixture;
  private HubRepository gsm8k;
  private Path cache;
  private final List<String> notes = new ArrayList<>();
  private final List<PrepareProgress.Phase> phases = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    gsm8k = fixture.gsm8k();
    cache = home.resolve("data-preprocessed");
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private PreparedDataset prepare(HubDataset dataset, String... variables) {
    return prepare(dataset, b -> b, variables);
  }

  private PreparedDataset prepare(
      HubDataset dataset, UnaryOperator<DatasetRequest.Builder> more, String... variables) {
    notes.clear();
    return preparer(variables)
        .prepare(
            request(dataset, more),
            new PrepareListener() {
              @Override
              public void note(String line) {
                notes.add(line);
              }

              @Override
              public void progress(PrepareProgress progress) {
                phases.add(progress.phase());
              }
            });
  }

  private DatasetPreparer preparer(String... variables) {
    return new DatasetPreparer(
        cache, () -> fixture.hub.environment(home, variables).with(HubFixture.QUICK));
  }

  private static DatasetRequest request(
      HubDataset dataset, UnaryOperator<DatasetRequest.Builder> more) {
    return more.apply(DatasetRequest.builder(new DatasetOrigin.OnHub(dataset)).tokenizer("byte"))
        .build();
  }

  @Test
  void theShardsOfASplitBecomeOneEntryInTheirOrder() {
    try (PreparedDataset data = prepare(GSM8K)) {
      assertThat(data.name()).isEqualTo("openai_gsm8k_main_byte_256");
      assertThat(data.folder()).isEqualTo(cache.resolve(data.name()).resolve(data.fingerprint()));
      assertThat(data.commit()).isEqualTo(gsm8k.resolve("main"));
      assertThat(data.train().documents()).isEqualTo(120);
      assertThat(data.eval().documents()).isEqualTo(10);
      for (int d = 0; d < 120; d++) {
        String question = "Question: what is %d and %d?".formatted(d / 40, d % 40);
        int[] ids = new int[data.train().length(d)];
        data.train().copy(data.train().start(d), ids, 0, ids.length);
        assertThat(data.tokenizer().decode(ids)).startsWith(question);
      }
    }
    assertThat(phases).startsWith(PrepareProgress.Phase.DOWNLOAD);
    assertThat(phases).endsWith(PrepareProgress.Phase.TOKENIZE);
  }

  @Test
  void theSplitsAreStatedAndATestSplitIsCalledOne() {
    prepare(GSM8K).close();
    assertThat(notes)
        .anyMatch(note -> note.contains("trains on train, evaluates on test"))
        .anyMatch(note -> note.contains("the best checkpoint is chosen on test"))
        .anyMatch(note -> note.contains("120 of 120 documents for training, 10 of 10 of test"));
    prepare(GSM8K).close();
    assertThat(notes).anyMatch(note -> note.contains("the best checkpoint is chosen on test"));
  }

  @Test
  void aSecondPreparationIsAHitOnlineAndOffline() {
    prepare(GSM8K).close();
    try (PreparedDataset again = prepare(GSM8K);
        PreparedDataset offline = prepare(GSM8K, "HF_HUB_OFFLINE", "1");
        PreparedDataset found = preparer().find(request(GSM8K, b -> b)).orElseThrow()) {
      assertThat(again.cacheHit()).isTrue();
      assertThat(offline.cacheHit()).isTrue();
      assertThat(found.fingerprint()).isEqualTo(again.fingerprint());
    }
  }

  @Test
  void nothingIsFetchedToFindOutWhetherAnythingIsThere() {
    assertThat(preparer().find(request(GSM8K, b -> b))).isEmpty();
    assertThat(fixture.hub.requests).isEmpty();
  }

  @Test
  void whereTheCacheOfTheHubLiesIsNoPartOfAnEntry() throws IOException {
    prepare(GSM8K).close();
    try (PreparedDataset elsewhere =
        prepare(GSM8K, "HF_HUB_CACHE", home.resolve("elsewhere").toString())) {
      assertThat(elsewhere.cacheHit()).isTrue();
    }
  }

  @Test
  void aChangeUpstreamIsAnotherEntryBesideTheOld() {
    String before;
    try (PreparedDataset data = prepare(GSM8K)) {
      before = data.fingerprint();
    }
    String old = gsm8k.resolve("main").orElseThrow();
    gsm8k.large("main/train-00001-of-00003.jsonl", HubFixture.rows(77, 40)).commit("main");
    try (PreparedDataset data = prepare(GSM8K)) {
      assertThat(data.cacheHit()).isFalse();
      assertThat(data.fingerprint()).isNotEqualTo(before);
    }
    try (PreparedDataset data = prepare(HubDataset.of("openai/gsm8k", "main", old))) {
      assertThat(data.cacheHit()).isTrue();
      assertThat(data.fingerprint()).isEqualTo(before);
    }
    assertThat(new DatasetCatalog(cache).list())
        .hasSize(2)
        .allMatch(entry -> entry.status() == CatalogEntry.Status.VALID);
  }

  @Test
  void aDamagedFileIsNoticedBeforeItBecomesTokens() throws IOException {
    Path train = fixture.fetch(GSM8K).train().getFirst().file();
    byte[] content = Files.readAllBytes(train);
    content[content.length / 2] ^= 1;
    Files.write(train.toRealPath(), content);
    try (PreparedDataset data = prepare(GSM8K)) {
      assertThat(data.train().documents()).isEqualTo(120);
    }
    assertThat(notes).anyMatch(note -> note.contains("is damaged in the cache"));
    assertThat(train).hasContent(HubFixture.rows(0, 40));
  }

  @Test
  void aDamagedFileIsRefusedOffline() throws IOException {
    Path train = fixture.fetch(GSM8K).train().getFirst().file();
    byte[] content = Files.readAllBytes(train);
    content[content.length / 2] ^= 1;
    Files.write(train.toRealPath(), content);
    HubFixture.assertRefused(
        () -> prepare(GSM8K, "HF_HUB_OFFLINE", "1"), "not whole", "train-00000-of-00003");
  }

  @Test
  void aFileToEvaluateOnComesFirst() throws IOException {
    Path own = Files.writeString(home.resolve("own.jsonl"), HubFixture.rows(50, 7));
    try (PreparedDataset data = prepare(GSM8K, b -> b.evalFile(own))) {
      assertThat(data.train().documents()).isEqualTo(120);
      assertThat(data.eval().documents()).isEqualTo(7);
    }
    assertThat(notes).noneMatch(note -> note.contains("chosen on test"));
  }

  @Test
  void withoutASplitToEvaluateOnATenthServes() {
    fixture.hub.add("org/one").large("train.jsonl", HubFixture.rows(1, 50)).commit("main");
    try (PreparedDataset data = prepare(HubDataset.of("org/one", null, null))) {
      assertThat(data.train().documents()).isEqualTo(45);
      assertThat(data.eval().documents()).isEqualTo(5);
      assertThat(data.name()).isEqualTo("org_one_default_byte_256");
    }
    assertThat(notes)
        .anyMatch(note -> note.contains("no split to evaluate on"))
        .anyMatch(note -> note.contains("90/10, seed 42"));
  }

  @Test
  void aHostileConfigurationStaysInTheCache() throws IOException {
    String card =
        "{\"configs\": [{\"config_name\": \"../../../escaped\\u0000\", \"data_files\":"
            + " \"*.jsonl\"}]}";
    fixture.hub.add("org/evil").large("train.jsonl", HubFixture.rows(1, 50)).commit("main", card);
    try (PreparedDataset data = prepare(HubDataset.of("org/evil", null, null))) {
      assertThat(cache.relativize(data.folder()).getNameCount()).isEqualTo(2);
    }
    assertThat(HubFixture.below(home))
        .allMatch(name -> name.startsWith("hf/hub/") || name.startsWith("data-preprocessed/"));
  }
}
