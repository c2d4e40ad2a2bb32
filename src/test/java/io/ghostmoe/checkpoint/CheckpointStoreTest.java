package io.ghostmoe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  @TempDir Path run;
  private Path folder;
  private CheckpointStore store;

  @BeforeEach
  void create() {
    folder = run.resolve("checkpoints");
    store = new CheckpointStore(folder, 2);
  }

  private List<Long> save(long step, boolean best) {
    return store.save(step, best, temporary -> write(temporary, "weights of " + step));
  }

  private static void write(Path temporary, String weights) throws IOException {
    Files.writeString(temporary.resolve("model.safetensors"), weights);
    Files.writeString(temporary.resolve("state.json"), "{}");
  }

  private String weights(Checkpoint checkpoint) throws IOException {
    return Files.readString(checkpoint.file("model.safetensors"));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aRotationThatWasKilledIsCompletedOnDemand() throws IOException {
    CheckpointStore.Content content = to -> Files.writeString(to.resolve("a"), "a");
    CheckpointStore wide = new CheckpointStore(folder, 9);
    for (long step = 1; step <= 4; step++) {
      wide.save(step, step == 2, content);
    }
    Path remains = Files.createDirectory(folder.resolve(".deleting-step-00000000"));
    CheckpointStore narrow = new CheckpointStore(folder, 1);
    narrow.removeRemains();
    assertThat(remains).doesNotExist();
    assertThat(narrow.steps()).as("nothing whole goes yet").containsExactly(1L, 2L, 3L, 4L);
    narrow.completeRotation();
    assertThat(narrow.steps()).containsExactly(2L, 4L);
  }

  @Test
  void aPointerToTheBestThatWasLostIsSetAgainSoThatRotationKeepsItsCheckpoint() throws IOException {
    CheckpointStore store = new CheckpointStore(folder, 1);
    CheckpointStore.Content content = to -> Files.writeString(to.resolve("a"), "a");
    store.save(1, true, content);
    for (String lost : List.of("step-00000077\n", "garbage", "step-00000002\n")) {
      store.save(2, false, content);
      Files.writeString(folder.resolve("best"), lost);
      store.keepBest(1);
      assertThat(folder.resolve("best")).hasContent("step-00000001");
      store.save(3, false, content);
      assertThat(store.steps()).containsExactly(1L, 3L);
    }
    store.keepBest(9); // not there: nothing to protect
    assertThat(folder.resolve("best")).hasContent("step-00000001");
  }

  @Test
  void aSavedCheckpointIsTheLatestAndHoldsWhatWasWritten() throws IOException {
    assertThat(store.latest()).isEmpty();
    assertThat(store.best()).isEmpty();
    save(100, false);

    Checkpoint latest = store.latest().orElseThrow();
    assertThat(latest.step()).isEqualTo(100);
    assertThat(latest.folder()).isEqualTo(folder.resolve("step-00000100"));
    assertThat(latest.fileNames()).containsExactly("model.safetensors", "state.json");
    assertThat(weights(latest)).isEqualTo("weights of 100");
    assertThat(folder.resolve("latest")).hasContent("step-00000100\n");
    assertThat(store.best()).isEmpty();
    assertThat(names()).containsExactly("latest", "step-00000100");
    assertThat(latest.folder().resolve("manifest.json"))
        .content()
        .contains("\"version\" : 1", "\"step\" : 100", "\"bytes\" : 2", "\"crc32c\" : \"");
  }

  @Test
  void rotationKeepsTheNewestAndTheBest() throws IOException {
    assertThat(save(1, true)).isEmpty();
    assertThat(save(2, false)).isEmpty();
    assertThat(save(3, false)).isEmpty();
    assertThat(save(4, false)).containsExactly(2L);
    assertThat(store.steps()).containsExactly(1L, 3L, 4L);
    assertThat(store.best().orElseThrow().step()).isEqualTo(1);
    assertThat(save(5, true)).containsExactly(1L, 3L);
    assertThat(store.best().orElseThrow().step()).isEqualTo(5);
    store.markBest(4);
    assertThat(store.best().orElseThrow().step()).isEqualTo(4);
    assertThat(names()).containsExactly("best", "latest", "step-00000004", "step-00000005");
  }

  @Test
  void rotationNeverRemovesTheLatestEvenWhereLaterStepsExist() {
    save(10, false);
    save(20, false);
    save(5, false);
    assertThat(store.steps()).containsExactly(5L, 10L, 20L);
    assertThat(store.latest().orElseThrow().step()).isEqualTo(5);
  }

  @Test
  void stepsOfMoreThanEightDigitsAreOrderedAsNumbers() {
    store = new CheckpointStore(folder, 3);
    save(99_999_999L, false);
    save(1_000_000_000L, false);
    save(100_000_000L, false);
    assertThat(store.steps()).containsExactly(99_999_999L, 100_000_000L, 1_000_000_000L);
  }

  @Test
  void savingAStepAgainReplacesItsCheckpoint() throws IOException {
    save(1, true);
    store.save(1, false, temporary -> write(temporary, "anew"));
    assertThat(weights(store.latest().orElseThrow())).isEqualTo("anew");
    assertThat(names()).containsExactly("best", "latest", "step-00000001");
  }

  @Test
  void aFullDiskLeavesEarlierCheckpointsAndNothingElse() throws IOException {
    save(1, true);
    for (Exception failure :
        List.of(
            new IOException("No space left on device"),
            new UncheckedIOException(new IOException("No space left on device")))) {
      assertThatThrownBy(
              () ->
                  store.save(
                      2,
                      true,
                      temporary -> {
                        write(temporary, "half");
                        if (failure instanceof IOException checked) {
                          throw checked;
                        }
                        throw (RuntimeException) failure;
                      }))
          .isInstanceOfSatisfying(
              UserException.class,
              e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
          .hasMessageContaining("step 2")
          .hasMessageContaining("No space left on device")
          .hasMessageContaining("earlier checkpoints are intact");
    }
    assertThat(names()).containsExactly("best", "latest", "step-00000001");
    assertThat(weights(store.latest().orElseThrow())).isEqualTo("weights of 1");
  }

  @Test
  void aBugWhileWritingIsNotDisguisedAsAFullDisk() throws IOException {
    assertThatThrownBy(
            () ->
                store.save(
                    1,
                    false,
                    temporary -> {
                      throw new IllegalStateException("bug");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.save(1, false, temporary -> {}))
        .hasMessageContaining("would hold no file");
    assertThatThrownBy(
            () ->
                store.save(
                    1, false, temporary -> Files.createDirectory(temporary.resolve("nested"))))
        .hasMessageContaining("plain files only");
    assertThat(names()).isEmpty();
  }

  @Test
  void aFolderThatCannotBeCreatedIsOneLine() throws IOException {
    Files.writeString(folder, "a file where the folder should be");
    assertThatThrownBy(() -> save(1, false))
        .isInstanceOf(UserException.class)
        .hasMessageContaining(folder.toString());
  }

  @Test
  void aSaveKilledAtAnyStageIsInvisibleAndClearedByTheNext() throws IOException {
    save(1, true);
    Path saving = Files.createDirectory(folder.resolve(".saving-step-00000002"));
    assertWhole(1);
    Files.writeString(saving.resolve("model.safetensors"), "half");
    Files.writeString(saving.resolve("model.safetensors.incomplete"), "ha");
    assertWhole(1);
    Files.writeString(saving.resolve("manifest.json"), "{}");
    assertWhole(1);
    Files.writeString(folder.resolve("latest.incomplete"), "step-0000");
    Files.createDirectory(folder.resolve(".deleting-step-00000000"));
    Files.writeString(folder.resolve(".deleting-step-00000000/state.json"), "{}");
    assertWhole(1);
    save(3, false);
    assertThat(names()).containsExactly("best", "latest", "step-00000001", "step-00000003");
  }

  @Test
  void aSaveKilledBetweenPublicationAndPointerKeepsTheOldPointer() throws IOException {
    save(1, true);
    copy(folder.resolve("step-00000001"), folder.resolve("step-00000002"));
    Path manifest = folder.resolve("step-00000002/manifest.json");
    Files.writeString(manifest, Files.readString(manifest).replace("\"step\" : 1", "\"step\" : 2"));
    assertWhole(1);
    Files.delete(folder.resolve("latest"));
    assertThat(store.latest().orElseThrow().step()).isEqualTo(2);
  }

  @Test
  void aReplacementKilledHalfWayStillServesTheOldCheckpoint() throws IOException {
    save(1, true);
    Files.move(folder.resolve("step-00000001"), folder.resolve(".replaced-step-00000001"));
    assertWhole(1);
    assertThat(store.steps()).containsExactly(1L);
    save(2, false);
    assertThat(names()).containsExactly("best", "latest", "step-00000001", "step-00000002");
    assertThat(weights(store.best().orElseThrow())).isEqualTo("weights of 1");
  }

  @Test
  void aReplacementKilledBeforeTheOldOneWasDeletedServesTheNew() throws IOException {
    save(1, true);
    copy(folder.resolve("step-00000001"), folder.resolve(".replaced-step-00000001"));
    Files.writeString(folder.resolve(".replaced-step-00000001/model.safetensors"), "older");
    assertWhole(1);
    save(2, false);
    assertThat(names()).containsExactly("best", "latest", "step-00000001", "step-00000002");
    assertThat(weights(store.best().orElseThrow())).isEqualTo("weights of 1");
  }

  private void assertWhole(long step) throws IOException {
    assertThat(weights(store.latest().orElseThrow())).isEqualTo("weights of " + step);
    assertThat(weights(store.best().orElseThrow())).isEqualTo("weights of " + step);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from, FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  @Test
  void keepingNoneIsRefused() {
    assertThatThrownBy(() -> new CheckpointStore(folder, 0))
        .hasMessageContaining("--keep-checkpoints 0");
  }
}
