package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.FileMutex;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubOfflineTest {
  @TempDir Path home;
  private HubFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    fixture.gsm8k();
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private HubSnapshot offline(@Nullable String config) {
    int before = fixture.hub.requests.size();
    HubSnapshot snapshot =
        fixture.fetch(HubDataset.of("openai/gsm8k", config, null), "HF_HUB_OFFLINE", "1");
    assertThat(fixture.hub.requests).hasSize(before);
    return snapshot;
  }

  @Test
  void whatWasFetchedIsFound() {
    HubSnapshot online = fixture.fetch("main");
    assertThat(offline("main")).isEqualTo(HubFixture.asFound(online));
  }

  @Test
  void refsAndSnapshotsAloneAreEnough() throws IOException {
    HubSnapshot online = fixture.fetch("main");
    AtomicFiles.deleteRecursively(fixture.folder().resolve("listings"));
    AtomicFiles.deleteRecursively(fixture.cache().resolve(".locks"));
    assertThat(offline("main")).isEqualTo(HubFixture.asFound(online));
    assertThat(offline(null)).isEqualTo(HubFixture.asFound(online)); // the only one that is here
  }

  @Test
  void aSnapshotOfFilesWithoutLinksIsFound() throws IOException {
    HubSnapshot online = fixture.fetch("main");
    for (HubSnapshot.File file : online.train()) {
      byte[] content = Files.readAllBytes(file.file());
      Files.delete(file.file());
      Files.write(file.file(), content); // as on Windows
    }
    AtomicFiles.deleteRecursively(fixture.folder().resolve("blobs"));
    AtomicFiles.deleteRecursively(fixture.folder().resolve("listings"));
    assertThat(HubFixture.paths(offline("main").train())).hasSize(3);
  }

  @Test
  void aPartIsNotTakenForTheWhole() throws IOException {
    HubSnapshot online = fixture.fetch("main");
    Files.delete(online.train().get(1).file());
    assertThatThrownBy(() -> offline("main"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("not whole")
        .hasMessageContaining("train-00001-of-00003");
    AtomicFiles.deleteRecursively(fixture.folder().resolve("listings"));
    assertThatThrownBy(() -> offline("main"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("main/train has 2 of 3 files");
    fixture.fetch("main");
    assertThat(offline("main").train()).hasSize(3);
  }

  @Test
  void theListingOfPythonsClientTellsAPartFromTheWholeToo() throws IOException {
    HubSnapshot online = fixture.fetch("main");
    AtomicFiles.deleteRecursively(fixture.folder().resolve("listings"));
    StringBuilder files = new StringBuilder();
    for (String path : List.of("main/train-a.jsonl", "main/train-b.jsonl")) {
      files.append(files.isEmpty() ? "" : ",").append("\"%s\": {\"size\": 4}".formatted(path));
      Path place = fixture.folder().resolve("snapshots/" + online.commit()).resolve(path);
      Files.writeString(place, "{}\n\n");
    }
    Path tree = fixture.folder().resolve("trees/" + online.commit() + ".json");
    Files.createDirectories(tree.getParent());
    Files.writeString(tree, "{\"format_version\": 1, \"files\": {" + files + "}}");
    assertThat(HubFixture.paths(offline("main").train()))
        .containsExactly("main/train-a.jsonl", "main/train-b.jsonl");
    Files.delete(online.train().getFirst().file().resolveSibling("train-b.jsonl"));
    assertThatThrownBy(() -> offline("main")).hasMessageContaining("not whole");
  }

  @Test
  void aConfigurationThatWasNotFetchedIsSaid() {
    fixture.fetch("main");
    assertThatThrownBy(() -> offline("socratic"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("not whole");
    assertThatThrownBy(() -> offline("other"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("there are main, socratic");
  }

  @Test
  void aHubThatCannotBeReachedLeavesWhatIsHere() throws IOException {
    HubSnapshot online = fixture.fetch("main");
    fixture.notes.clear();
    fixture.hub.fault(_ -> true, 99, Fault.reset());
    assertThat(fixture.fetch("main")).isEqualTo(HubFixture.asFound(online));
    assertThat(fixture.notes)
        .last()
        .asString()
        .contains("cannot be reached", online.commit().substring(0, 12), "may not be its latest");
    assertThatThrownBy(() -> fixture.fetch("socratic"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("cannot be fetched from");
  }

  @Test
  void aRevisionThatIsNoNameOfAFileIsRefused() throws IOException {
    fixture.fetch("main");
    Files.writeString(fixture.folder().resolve("refs/odd"), "../../..");
    assertThatThrownBy(
            () -> fixture.fetch(HubDataset.of("openai/gsm8k", null, "odd"), "HF_HUB_OFFLINE", "1"))
        .hasMessageContaining("openai/gsm8k at odd is not in");
    assertThatThrownBy(() -> HubDataset.of("openai/gsm8k", null, "../../refs/main"))
        .hasMessageContaining("--revision ../../refs/main");
  }

  @Test
  void whatIsDamagedIsForgottenAndFetchedAgain() throws IOException {
    HubSnapshot snapshot = fixture.fetch("main");
    HubSnapshot.File file = snapshot.train().getFirst();
    Path blob = file.file().toRealPath();
    byte[] content = Files.readAllBytes(blob);
    Files.write(blob, new byte[content.length]);
    HubDataset gsm8k = HubDataset.of("openai/gsm8k", "main", null);
    fixture.client().discard(gsm8k, List.of(file), fixture);
    assertThat(blob).doesNotExist();
    assertThat(Files.readAllBytes(fixture.fetch("main").train().getFirst().file()))
        .isEqualTo(content);
    fixture.client().discard(gsm8k, List.of(file), fixture); // by one who saw the damage, too
    assertThat(blob).hasBinaryContent(content);
  }

  @Test
  void whatIsBeingFetchedIsForgottenOnlyAfterwards() throws IOException {
    HubSnapshot.File file = fixture.fetch("main").train().getFirst();
    Path blob = file.file().toRealPath();
    Files.writeString(blob, "damaged");
    HubCache cache = new HubCache(fixture.cache(), "openai/gsm8k");
    HubDataset gsm8k = HubDataset.of("openai/gsm8k", "main", null);
    fixture.cancelled = true;
    try (FileMutex _ = cache.acquire(file.sha256().orElseThrow(), fixture)) {
      assertThatThrownBy(() -> fixture.client().discard(gsm8k, List.of(file), fixture))
          .isInstanceOf(CancellationException.class);
      assertThat(blob).hasContent("damaged");
    }
    fixture.client().discard(gsm8k, List.of(file), fixture);
    assertThat(blob).doesNotExist();
  }

  @Test
  void aBlobOfAnotherSizeIsFetchedAgain() throws IOException {
    HubSnapshot snapshot = fixture.fetch("main");
    Path blob = snapshot.train().getFirst().file().toRealPath();
    byte[] content = Files.readAllBytes(blob);
    Files.write(blob, new byte[3]);
    assertThat(Files.readAllBytes(fixture.fetch("main").train().getFirst().file()))
        .isEqualTo(content);
    assertThat(fixture.notes).anyMatch(note -> note.contains("wrong size"));
  }
}
