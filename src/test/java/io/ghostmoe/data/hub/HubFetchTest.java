package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubFetchTest {
  @TempDir Path home;
  private HubFixture fixture;
  private HubRepository gsm8k;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    gsm8k = fixture.gsm8k();
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  @Test
  void theFilesOfAConfigurationArriveInTheirOrder() throws IOException {
    HubSnapshot snapshot = fixture.fetch("main");
    assertThat(snapshot.commit()).isEqualTo(gsm8k.resolve("main").orElseThrow());
    assertThat(snapshot.config()).isEqualTo("main");
    assertThat(snapshot.evalSplit()).isEqualTo("test");
    assertThat(HubFixture.paths(snapshot.train()))
        .containsExactly(
            "main/train-00000-of-00003.jsonl",
            "main/train-00001-of-00003.jsonl",
            "main/train-00002-of-00003.jsonl");
    for (int i = 0; i < 3; i++) {
      assertThat(HubFixture.text(snapshot.train().get(i))).isEqualTo(HubFixture.rows(i, 40));
    }
    assertThat(HubFixture.text(snapshot.eval().getFirst())).isEqualTo(HubFixture.rows(9, 10));
  }

  @Test
  void theCacheHasTheLayoutThatAllClientsShare() throws IOException {
    HubSnapshot snapshot = fixture.fetch("socratic");
    Path folder = fixture.folder();
    assertThat(folder.resolve("refs/main")).hasContent(snapshot.commit());
    assertThat(Files.size(folder.resolve("refs/main"))).isEqualTo(40);
    HubSnapshot.File train = snapshot.train().getFirst();
    assertThat(train.file())
        .isEqualTo(
            folder.resolve(
                "snapshots/" + snapshot.commit() + "/socratic/train-00000-of-00001.jsonl"));
    String hash = train.sha256().orElseThrow();
    assertThat(Files.readSymbolicLink(train.file())).isEqualTo(Path.of("../../../blobs/" + hash));
    assertThat(folder.resolve("blobs").resolve(hash)).isRegularFile();
    assertThat(HubFixture.below(folder.resolve("blobs"))).hasSize(2);
    assertThat(fixture.unfinished()).isEmpty();
  }

  @Test
  void whatWasHashedOnItsWayIsSaidToBeVerifiedAndNothingElse() {
    gsm8k.small("main/validation.jsonl", HubFixture.rows(3, 5)).commit("main");
    HubSnapshot snapshot = fixture.fetch("main");
    assertThat(snapshot.train()).hasSize(3).allMatch(HubSnapshot.File::verified);
    assertThat(snapshot.eval()).hasSize(1).noneMatch(HubSnapshot.File::verified); // has no SHA-256
    assertThat(fixture.fetch("main").train()).noneMatch(HubSnapshot.File::verified);
  }

  @Test
  void everyRequestAfterTheFirstIsAboutTheCommit() {
    String commit = fixture.fetch("main").commit();
    assertThat(fixture.hub.requests.getFirst().path()).endsWith("/revision/main");
    assertThat(fixture.hub.seen(r -> r.host.equals("127.0.0.1")).stream().skip(1))
        .isNotEmpty()
        .allMatch(request -> request.path().contains(commit));
  }

  @Test
  void whatIsHereIsNotFetchedAgain() {
    fixture.fetch("main");
    int before = fixture.hub.requests.size();
    fixture.fetch("main");
    assertThat(fixture.hub.requests.size() - before).isEqualTo(2); // the revision and the listing
  }

  @Test
  void aCommitThatIsHereAsksNobody() {
    String commit = fixture.fetch("main").commit();
    int before = fixture.hub.requests.size();
    HubSnapshot again = fixture.fetch(HubDataset.of("openai/gsm8k", "main", commit));
    assertThat(again.commit()).isEqualTo(commit);
    assertThat(fixture.hub.requests).hasSize(before);
    fixture.fetch(HubDataset.of("openai/gsm8k", "socratic", commit)); // not here yet
    assertThat(fixture.hub.requests.size()).isGreaterThan(before);
  }

  @Test
  void aChangedRevisionIsAnotherSnapshotAndSharesWhatIsTheSame() throws IOException {
    HubSnapshot before = fixture.fetch("main");
    gsm8k.large("main/train-00001-of-00003.jsonl", HubFixture.rows(77, 40)).commit("main");
    int contents = fixture.hub.seen(fixture.hub.onStorage()).size();
    HubSnapshot after = fixture.fetch("main");
    assertThat(after.commit()).isNotEqualTo(before.commit());
    assertThat(HubFixture.text(after.train().get(1))).isEqualTo(HubFixture.rows(77, 40));
    assertThat(HubFixture.text(before.train().get(1))).isEqualTo(HubFixture.rows(1, 40));
    assertThat(fixture.folder().resolve("refs/main")).hasContent(after.commit());
    assertThat(fixture.hub.seen(fixture.hub.onStorage())).hasSize(contents + 1);
  }

  @Test
  void aListingInPagesIsReadToItsEnd() {
    fixture.hub.pageSize(2);
    assertThat(fixture.fetch("main").train()).hasSize(3);
    assertThat(fixture.hub.seen(LocalHub.containing("cursor="))).hasSizeGreaterThan(2);
  }

  @Test
  void smallFilesComeOverARelativeRedirect() throws IOException {
    HubRepository small = fixture.hub.add("org/small");
    small.small("train.jsonl", HubFixture.rows(3, 5)).commit("main");
    HubSnapshot snapshot = fixture.fetch(HubDataset.of("org/small", null, null));
    assertThat(HubFixture.text(snapshot.train().getFirst())).isEqualTo(HubFixture.rows(3, 5));
    assertThat(snapshot.eval()).isEmpty();
    assertThat(snapshot.config()).isEqualTo("default");
    assertThat(fixture.hub.seen(LocalHub.containing("/api/resolve-cache/"))).isNotEmpty();
  }

  @Test
  void aRenamedRepositoryIsFollowed() {
    fixture.hub.rename("gsm8k", "openai/gsm8k");
    assertThat(fixture.fetch(HubDataset.of("gsm8k", "main", null)).train()).hasSize(3);
  }

  @Test
  void whatTheHubHasConvertedIsTakenWhereNothingElseCanBeRead() throws IOException {
    HubRepository scripted = fixture.hub.add("org/scripted");
    scripted.small("scripted.py", "raise SystemExit").commit("main");
    scripted.empty();
    scripted.large("plain/train/0000.parquet", "one").large("plain/train/0001.parquet", "two");
    scripted.large("plain/validation/0000.parquet", "three");
    String branch = scripted.commit("refs/convert/parquet");
    HubDataset dataset = HubDataset.of("org/scripted", "plain", null);
    HubSnapshot snapshot = fixture.fetch(dataset);
    assertThat(snapshot.commit()).isEqualTo(branch);
    assertThat(HubFixture.paths(snapshot.train()))
        .containsExactly("plain/train/0000.parquet", "plain/train/0001.parquet");
    assertThat(HubFixture.text(snapshot.eval().getFirst())).isEqualTo("three");
    assertThat(fixture.fetch(HubDataset.of("org/scripted", null, null)).config())
        .isEqualTo("plain");
    assertThat(fixture.fetch(dataset, "HF_HUB_OFFLINE", "1"))
        .isEqualTo(HubFixture.asFound(snapshot));
    assertThatThrownBy(() -> fixture.fetch(HubDataset.of("org/scripted", "other", null)))
        .hasMessage(
            "--dataset-config other: org/scripted has no such configuration: there are plain.");
  }

  @Test
  void aMissingConfigurationListsThoseThereAre() {
    assertThatThrownBy(() -> fixture.fetch("mian"))
        .isInstanceOf(UserException.class)
        .hasMessage(
            "--dataset-config mian: openai/gsm8k has no such configuration: there are main,"
                + " socratic.");
    assertThatThrownBy(() -> fixture.fetch(HubDataset.of("openai/gsm8k", null, null)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("pass --dataset-config with one of main, socratic.");
    assertThat(fixture.hub.seen(fixture.hub.onStorage())).isEmpty();
  }

  @Test
  void progressCountsBytesUpToTheTotal() {
    fixture.fetch("main");
    long size = 0;
    for (int i = 0; i < 3; i++) {
      size += HubFixture.rows(i, 40).length();
    }
    size += HubFixture.rows(9, 10).length();
    assertThat(fixture.total).isEqualTo(size);
    assertThat(fixture.progress).isSorted().endsWith(size);
    assertThat(fixture.notes)
        .singleElement()
        .asString()
        .contains("openai/gsm8k", "configuration main", "4 files of 4", "free in");
  }

  @Test
  void shardsArriveSideBySide() {
    fixture.hub.content(3, Fault.hangAfter(10)); // each of the three waits until it is given up
    fixture.fetch("main");
    List<HttpHost.Exchange> contents = fixture.hub.seen(fixture.hub.onStorage());
    assertThat(contents.stream().limit(3).map(HttpHost.Exchange::path).distinct()).hasSize(3);
  }

  @Test
  void aPathChoosesFilesOfItsOwn() {
    HubSnapshot one =
        fixture.fetch(
            HubDataset.of(
                "hf://datasets/openai/gsm8k@main/main/train-00001-of-00003.jsonl", null, null));
    assertThat(HubFixture.paths(one.train())).containsExactly("main/train-00001-of-00003.jsonl");
    assertThat(one.eval()).isEmpty();
    HubSnapshot some =
        fixture.fetch(HubDataset.of("hf://datasets/openai/gsm8k/**/train-*", null, null));
    assertThat(some.train()).hasSize(4);
    HubSnapshot folder =
        fixture.fetch(HubDataset.of("hf://datasets/openai/gsm8k/socratic", null, null));
    assertThat(HubFixture.paths(folder.train()))
        .containsExactly("socratic/train-00000-of-00001.jsonl");
    assertThat(folder.evalSplit()).isEqualTo("test");
  }
}
