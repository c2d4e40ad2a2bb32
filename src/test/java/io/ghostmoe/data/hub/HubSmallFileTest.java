package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that git itself keeps, for which the Hub names no SHA-256. */
class HubSmallFileTest {
  private static final HubDataset DATASET = HubDataset.of("org/small", null, null);
  private static final String TEXT = "right ".repeat(1_000);

  @TempDir Path home;
  private HubFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    fixture.hub.add("org/small").small("train.txt", TEXT).commit("main");
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private void requireRight() {
    assertThat(fixture.fetch(DATASET).train().getFirst().file()).hasContent(TEXT);
  }

  /** What another process has left of the file. */
  private void leaveHalf(String half) throws IOException {
    fixture.hub.content(5, Fault.resetAfter(0));
    assertThatThrownBy(() -> fixture.fetch(DATASET)).isInstanceOf(UserException.class);
    fixture.hub.clearFaults();
    Files.writeString(fixture.cache().resolve(fixture.unfinished().getFirst()), half);
  }

  @Test
  void whatIsNotOfGitsNameForItIsFetchedAgain() {
    fixture.hub.content(1, Fault.corrupt());
    requireRight();
    assertThat(fixture.notes).anyMatch(note -> note.contains("than git's name for it says"));
  }

  @Test
  void whatStaysWrongIsRefused() throws IOException {
    fixture.hub.content(2, Fault.corrupt());
    HubFixture.assertRefused(
        () -> fixture.fetch(DATASET), "train.txt arrived twice", "git's name for it");
    assertThat(HubFixture.below(fixture.cache())).noneMatch(name -> name.contains("snapshots"));
  }

  @Test
  void halfOfItIsGoneOnWith() throws IOException {
    leaveHalf(TEXT.substring(0, 3_000));
    requireRight();
    assertThat(fixture.notes).noneMatch(note -> note.contains("begins anew"));
    assertThat(fixture.hub.seen(r -> r.header("Range").filter("bytes=3000-"::equals).isPresent()))
        .isNotEmpty();
  }

  @Test
  void halfOfSomethingElseIsNoticed() throws IOException {
    leaveHalf("wrong ".repeat(500));
    requireRight();
    assertThat(fixture.unfinished()).isEmpty();
    assertThat(fixture.notes).anyMatch(note -> note.contains("fetched again"));
  }

  /** An ETag of 40 digits may be anything where the listing does not have it as git's name. */
  @Test
  void halfOfItBeginsAnewWhereNothingVouchesForIt() throws IOException {
    byte[] listing =
        "[{\"type\": \"file\", \"oid\": \"%s\", \"size\": %d, \"path\": \"train.txt\"}]"
            .formatted("0".repeat(40), TEXT.length())
            .getBytes(StandardCharsets.UTF_8);
    leaveHalf("wrong ".repeat(500));
    fixture.hub.fault(
        LocalHub.containing("/tree/"),
        9,
        exchange -> {
          exchange.send(200, Map.of("Content-Type", "application/json"), listing);
          return true;
        });
    requireRight();
    assertThat(fixture.unfinished()).isEmpty();
    assertThat(fixture.notes).anyMatch(note -> note.contains("begins anew"));
  }
}
