package io.ghostmoe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A damaged checkpoint is never loaded; the line says what is wrong and which one is whole. */
class CheckpointDamageTest {
  @TempDir Path folder;
  private CheckpointStore store;

  @BeforeEach
  void saveThree() {
    store = new CheckpointStore(folder, 9);
    for (long step = 1; step <= 3; step++) {
      String weights = "weights of " + step;
      store.save(
          step,
          step == 1,
          temporary -> Files.writeString(temporary.resolve("model.safetensors"), weights));
    }
  }

  private void refused(ThrowingCallable opening, String... expected) {
    assertThatThrownBy(opening)
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll(expected)
        .message()
        .doesNotContain("\n");
  }

  private Path file(long step, String name) {
    return folder.resolve(CheckpointFolder.name(step)).resolve(name);
  }

  @Test
  void aFileThatWasCutOffIsFoundAtOpening() throws IOException {
    Files.writeString(file(3, "model.safetensors"), "weights of");
    refused(
        store::latest,
        "step-00000003 is damaged",
        "model.safetensors has 10 bytes, the manifest says 12",
        "step-00000002 is whole",
        "put that name into " + folder.resolve("latest"));
  }

  @Test
  void anyFlippedBitOfAFileIsFoundWhenItIsAskedFor() throws IOException {
    Path file = file(3, "model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] copy = bytes.clone();
      copy[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, copy);
      Checkpoint checkpoint = store.latest().orElseThrow();
      refused(
          () -> checkpoint.file("model.safetensors"),
          "the content of model.safetensors has changed",
          "step-00000002 is whole");
    }
  }

  @Test
  void theRemedyPassesOverAnOlderOneThatIsDamagedToo() throws IOException {
    Files.delete(file(3, "model.safetensors"));
    Files.writeString(file(2, "model.safetensors"), "weights_of_2");
    refused(store::latest, "model.safetensors is missing", "step-00000001 is whole");
    Files.delete(file(1, "manifest.json"));
    refused(store::latest, "no other checkpoint of this run is whole");
    refused(store::best, "step-00000001 is damaged", "manifest.json is missing");
  }

  @Test
  void theRemedyWorks() throws IOException {
    Files.delete(file(3, "model.safetensors"));
    refused(store::latest, "step-00000002 is whole");
    Files.writeString(folder.resolve("latest"), "step-00000002");
    assertThat(store.latest().orElseThrow().step()).isEqualTo(2);
  }

  @Test
  void anyFlippedBitOfTheManifestIsRefusedOrChangesNothing() throws IOException {
    Path file = file(3, "manifest.json");
    byte[] bytes = Files.readAllBytes(file);
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] copy = bytes.clone();
      copy[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, copy);
      try {
        Checkpoint checkpoint = store.open(3);
        assertThat(Files.readString(checkpoint.file("model.safetensors")))
            .as("bit %d", bit)
            .isEqualTo("weights of 3");
      } catch (UserException e) {
        assertThat(e).hasMessageContaining("step-00000003");
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | has version",
        "{\"version\":2,\"step\":3,\"files\":{}} | has version 2, this program reads 1",
        "{\"version\":1,\"step\":3} | lacks the step or the files",
        "{\"version\":1,\"step\":2,\"files\":{}} | is that of step 2",
        "{\"version\":1,\"step\":3,\"files\":{\"../latest\":{\"bytes\":1,\"crc32c\":\"0\"}}} | not"
            + " a plain file name",
        "{\"version\":1,\"step\":3,\"files\":{\"a\":{\"bytes\":\"1\",\"crc32c\":\"0\"}}} | lacks"
            + " the size or the checksum of a",
        "{\"version\":1,\"version\":1,\"step\":3,\"files\":{}} | not JSON",
        "{\"version\":1,\"step\":3,\"files\":{}} x | not JSON",
        "not json | not JSON",
      })
  void aManifestOfOtherContentIsRefused(String content, String expected) throws IOException {
    Files.writeString(file(3, "manifest.json"), content);
    refused(store::latest, expected, "step-00000002 is whole");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "step-3", "../../etc", "step-00000003x", "step-000000003", "a\nb"})
  void aPointerThatNamesNothingIsRefused(String content) throws IOException {
    Files.writeString(folder.resolve("latest"), content);
    refused(store::latest, "latest is damaged: it names no checkpoint", "step-00000003 is whole");
  }

  @Test
  void aPointerToAMissingFolderIsRefused() throws IOException {
    Files.writeString(folder.resolve("best"), "step-00000009\n");
    refused(store::best, "the folder is missing", "put that name into " + folder.resolve("best"));
    refused(() -> store.open(9), "step-00000009 is damaged: the folder is missing");
  }

  @Test
  void rotationDeletesNothingWhileAPointerIsDamaged() throws IOException {
    Files.writeString(folder.resolve("best"), "?");
    CheckpointStore narrow = new CheckpointStore(folder, 1);
    assertThat(
            narrow.save(
                4, false, temporary -> Files.writeString(temporary.resolve("state.json"), "{}")))
        .isEmpty();
    assertThat(narrow.steps()).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aFileThatTheCheckpointNeverHeldIsOneLine() {
    refused(() -> store.open(1).file("optimizer.safetensors"), "holds no optimizer.safetensors");
  }
}
