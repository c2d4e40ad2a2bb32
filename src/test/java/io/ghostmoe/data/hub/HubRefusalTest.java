package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.hub.HubRepository.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every refusal of the Hub names its cause as it was typed, and a remedy. */
class HubRefusalTest {
  @TempDir Path home;
  private HubFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    fixture.hub.add("org/open").large("train.txt", "text").commit("main");
    fixture.hub.add("org/gated", Access.GATED).large("train.txt", "text").commit("main");
    fixture.hub.add("org/private", Access.PRIVATE).large("train.txt", "text").commit("main");
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private void assertRefused(
      String name, @Nullable String revision, String token, String... parts) {
    HubFixture.assertRefused(
        () -> fixture.fetch(HubDataset.of(name, null, revision), "HF_TOKEN", token), parts);
  }

  @Test
  void aRepositoryThatIsNotThere() {
    assertRefused(
        "org/opne", null, "", "org/opne", "no such dataset", "check the name", "HF_TOKEN");
    assertRefused("org/opne", null, LocalHub.TOKEN, "org/opne", "check the name");
  }

  @Test
  void aPrivateRepository() {
    assertRefused("org/private", null, "", "org/private", "private", "set HF_TOKEN");
    assertThat(
            fixture
                .fetch(HubDataset.of("org/private", null, null), "HF_TOKEN", LocalHub.TOKEN)
                .train())
        .hasSize(1);
  }

  @Test
  void aGatedRepository() {
    String page = fixture.hub.address() + "/datasets/org/gated";
    assertRefused("org/gated", null, "", "org/gated is gated", page, "set HF_TOKEN");
    assertRefused("org/gated", null, "hf_another", "org/gated is gated", "account", page);
    assertThat(
            fixture
                .fetch(HubDataset.of("org/gated", null, null), "HF_TOKEN", LocalHub.TOKEN)
                .train())
        .hasSize(1);
  }

  @Test
  void aRevisionThatIsNotThere() {
    assertRefused("org/open", "v2.0", "", "--revision v2.0", "org/open", "leave it out for main");
  }

  @Test
  void aFileThatIsLostMeanwhile() {
    fixture.hub.fault(
        LocalHub.containing("/resolve/"), 9, Fault.status(404, "X-Error-Code", "EntryNotFound"));
    assertRefused("org/open", null, "", "org/open", "has lost a file", "run again");
  }

  @ParameterizedTest
  @CsvSource({
    "401, '', no such dataset", "401, hf_x, make a new one at", "403, '', HF_TOKEN",
    "403, hf_x, to this token", "404, '', no such dataset", "418, '', status 418"
  })
  void aStatusWithoutACode(int status, String token, String part) {
    fixture.hub.fault(_ -> true, 9, Fault.status(status));
    assertRefused("org/open", null, token, "org/open", part);
  }

  @Test
  void offlineWithoutAnythingHere() {
    assertThatThrownBy(
            () -> fixture.fetch(HubDataset.of("org/open", null, null), "HF_HUB_OFFLINE", "1"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("org/open at main is not in")
        .hasMessageContaining("HF_HUB_OFFLINE");
    assertThat(fixture.hub.requests).isEmpty();
  }

  @Test
  void aCacheThatIsAFile() throws IOException {
    Files.createDirectories(home.resolve("hf"));
    Files.writeString(home.resolve("hf/hub"), "");
    assertRefused("org/open", null, "", "is no folder", "HF_HUB_CACHE");
  }

  @Test
  void aDatasetWithoutATrainingSplitNamesThoseThatItHas() {
    fixture.hub.add("org/tests").large("test.txt", "a").large("dev.txt", "b").commit("main");
    assertThatThrownBy(() -> fixture.fetch(HubDataset.of("org/tests", null, null)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("no training split (configuration default has dev, test)")
        .hasMessageContaining("hf://datasets/org/tests/PATH");
  }

  @Test
  void aDatasetOfPicturesSaysWhatIsRead() {
    fixture.hub.add("org/pictures").large("train/cat.jpg", "meow").commit("main");
    assertThatThrownBy(() -> fixture.fetch(HubDataset.of("org/pictures", null, null)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("org/pictures at main holds no file that can be read (.")
        .hasMessageContaining("jsonl");
  }
}
