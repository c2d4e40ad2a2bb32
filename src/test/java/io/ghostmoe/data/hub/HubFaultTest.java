package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.Sha256;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.hub.HttpHost.Exchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong on the way, and that the right bytes arrive all the same or nothing does. */
class HubFaultTest {
  private static final int SIZE = 300_000;
  private static final HubDataset DATASET = HubDataset.of("org/one", null, null);

  @TempDir Path home;
  private HubFixture fixture;
  private byte[] content;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    content = new byte[SIZE];
    new Random(5).nextBytes(content);
    fixture.hub.add("org/one").large("train.txt", content).commit("main");
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private void requireRight() throws IOException {
    HubSnapshot snapshot = fixture.fetch(DATASET);
    assertThat(Files.readAllBytes(snapshot.train().getFirst().file())).isEqualTo(content);
    assertThat(fixture.unfinished()).isEmpty();
  }

  private List<Exchange> contents() {
    return fixture.hub.seen(fixture.hub.onStorage());
  }

  private String range(int request) {
    return contents().get(request).header("Range").orElse("");
  }

  @Test
  void aResetInMidFileIsGoneOnWith() throws IOException {
    fixture.hub.content(2, Fault.resetAfter(100_000));
    requireRight();
    assertThat(contents()).hasSize(3);
    long resumed = Long.parseLong(range(1).replaceAll("\\D", ""));
    assertThat(range(0)).isEmpty();
    assertThat(resumed).isBetween(1L, 100_000L);
    assertThat(fixture.progress).isSorted().endsWith((long) SIZE);
  }

  @Test
  void silenceInMidFileIsGivenUpAndGoneOnWith() throws IOException {
    fixture.hub.content(1, Fault.hangAfter(70_000));
    requireRight();
    assertThat(range(1)).isEqualTo("bytes=70000-");
    assertThat(fixture.notes).anyMatch(note -> note.contains("no byte for"));
  }

  @Test
  void aSlowHostIsNotTakenForASilentOne() throws IOException {
    fixture.hub.content(1, Fault.slowly(SIZE / 8, 250)); // together beyond the patience
    requireRight();
    assertThat(contents()).hasSize(1);
  }

  @Test
  void theWholeFileInsteadOfARangeBeginsAnew() throws IOException {
    fixture.hub.content(1, Fault.resetAfter(100_000));
    fixture.hub.content(
        1,
        (exchange, status, headers, part) -> exchange.send(200, Map.of("ETag", "\"x\""), content));
    requireRight();
    assertThat(fixture.notes).anyMatch(note -> note.contains("begins anew"));
  }

  @Test
  void aRangeThatIsAnotherBeginsAnew() throws IOException {
    fixture.hub.content(1, Fault.hangAfter(70_000));
    fixture.hub.content(
        1,
        (exchange, status, headers, part) ->
            exchange.send(206, Map.of("Content-Range", "bytes 5-9/300000"), new byte[] {1, 2, 3}));
    requireRight();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void aStatusThatPassesIsWaitedFor(int status) throws IOException {
    fixture.hub.fault(exchange -> exchange.method.equals("GET"), 2, Fault.status(status));
    fixture.hub.fault(fixture.hub.onStorage(), 2, Fault.status(status));
    requireRight();
  }

  @Test
  void theServerSaysWhenToComeBack() throws IOException {
    fixture.hub.fault(fixture.hub.onStorage(), 1, Fault.status(429, "Retry-After", "1"));
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            Instant.now().plusSeconds(2).atZone(ZoneOffset.UTC));
    fixture.hub.fault(fixture.hub.onStorage(), 1, Fault.status(503, "Retry-After", date));
    requireRight();
    assertThat(fixture.notes).anyMatch(note -> note.contains("again in 1 s"));
  }

  @Test
  void aServerThatWantsAnHourIsNotWaitedFor() {
    fixture.hub.fault(fixture.hub.onStorage(), 99, Fault.status(429, "Retry-After", "3600"));
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("ask again in 3,600 s");
  }

  @Test
  void anotherContentThanItsHashIsThrownAwayAndFetchedAgain() throws IOException {
    fixture.hub.content(1, Fault.corrupt());
    requireRight();
    assertThat(fixture.notes).anyMatch(note -> note.contains("SHA-256"));
  }

  @Test
  void anotherContentTwiceIsRefusedAndLeavesNothing() throws IOException {
    fixture.hub.content(9, Fault.corrupt());
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("arrived twice with another SHA-256");
    assertThat(HubFixture.below(fixture.cache()))
        .noneMatch(name -> name.contains("snapshots") || name.contains("refs"));
    fixture.hub.clearFaults();
    requireRight();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1_000, 1_000, 400_000})
  void aLengthThatIsAnotherIsNoticed(int difference) throws IOException {
    fixture.hub.content(1, Fault.length(difference));
    requireRight();
    fixture.hub.content(99, Fault.length(difference));
    fixture.hub.add("org/one").large("train.txt", new byte[500]).commit("main");
    if (difference > 0) {
      assertThatThrownBy(() -> fixture.fetch(DATASET)).hasMessageContaining("instead of 500");
    }
  }

  @Test
  void aListingThatContradictsTheFileIsRefused() {
    fixture.hub.fault(
        LocalHub.containing("/tree/"),
        1,
        exchange -> {
          exchange.send(
              200,
              Map.of(),
              "[{\"type\":\"file\",\"path\":\"train.txt\",\"size\":5}]"
                  .getBytes(StandardCharsets.UTF_8));
          return true;
        });
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("lists it with 5 bytes and offers 300,000");
  }

  @Test
  void aListingThatNamesAnotherSha256IsRefused() throws IOException {
    String other = "f".repeat(64);
    String listing =
        """
        [{"type": "file", "path": "train.txt", "size": %d, "lfs": {"oid": "%s", "size": %d}}]
        """
            .formatted(SIZE, other, SIZE);
    fixture.hub.fault(
        LocalHub.containing("/tree/"),
        1,
        exchange -> {
          exchange.send(200, Map.of(), listing.getBytes(StandardCharsets.UTF_8));
          return true;
        });
    HubFixture.assertRefused(
        () -> fixture.fetch(DATASET),
        "lists it with the SHA-256 ffffffffffff… and offers "
            + Sha256.of(content).substring(0, 12));
    assertThat(contents()).isEmpty();
  }

  @Test
  void anAnswerForAnotherCommitIsRefused() {
    fixture.hub.fault(
        LocalHub.containing("/resolve/"),
        9,
        exchange -> {
          exchange.send(
              200, Map.of("ETag", "\"abc\"", "X-Repo-Commit", "0".repeat(40)), new byte[SIZE]);
          return true;
        });
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("answers with another");
  }

  @Test
  void aLoopOfRedirectsEnds() {
    for (String method : List.of("HEAD", "GET")) {
      fixture.hub.clearFaults();
      fixture.hub.fault(
          exchange -> exchange.method.equals(method),
          99,
          Fault.redirect(fixture.hub.address() + "/again"));
      assertThatThrownBy(() -> fixture.fetch(DATASET))
          .isInstanceOf(UserException.class)
          .hasMessageContaining("sends every request on");
    }
  }

  @Test
  void aHubThatIsGoneIsGivenUpAfterFiveAttempts() throws IOException {
    fixture.hub.fault(_ -> true, 99, Fault.reset());
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("(5 attempts")
        .hasMessageContaining("HF_ENDPOINT")
        .satisfies(
            e -> assertThat(((UserException) e).kind()).isEqualTo(UserException.Kind.ENVIRONMENT));
    assertThat(fixture.hub.requests).hasSizeBetween(5, 10); // Java itself repeats some of them
    fixture.hub.close();
    assertThatThrownBy(() -> fixture.fetch(DATASET)).hasMessageContaining("connection refused");
  }

  @Test
  void attemptsEndInTimeHoweverSlowTheyFail() throws InterruptedException {
    Attempts attempts =
        new Attempts(
            "x",
            new HubTimes(
                Duration.ofSeconds(9),
                Duration.ofSeconds(30),
                Duration.ZERO,
                Duration.ofSeconds(1),
                Duration.ofSeconds(60),
                5),
            _ -> {});
    assertThat(attempts.patience()).isLessThan(Duration.ofSeconds(1));
    assertThatThrownBy(() -> attempts.failed(new TransientFailure("gone", Optional.empty())))
        .isInstanceOf(UnreachableException.class);
    HubTimes standard = HubTimes.DEFAULT;
    assertThat(standard.budget().toSeconds()).isLessThan(90);
    assertThat(standard.connect().toSeconds()).isEqualTo(10);
    assertThat(standard.silence().toSeconds()).isEqualTo(30);
    assertThat(standard.attempts()).isEqualTo(5);
  }

  @Test
  void whatIsCancelledStopsAndIsGoneOnWith() throws IOException {
    fixture.hub.content(1, Fault.hangAfter(100_000));
    HubListener stopping =
        new HubListener() {
          private boolean enough;

          @Override
          public void note(String line) {}

          @Override
          public void progress(long bytes, long total) {
            enough |= bytes >= 100_000;
          }

          @Override
          public boolean cancelled() {
            return enough;
          }
        };
    assertThatThrownBy(() -> fixture.client().fetch(DATASET, stopping))
        .isInstanceOf(CancellationException.class);
    assertThat(fixture.unfinished()).hasSize(1);
    requireRight();
    assertThat(range(1)).isEqualTo("bytes=100000-");
  }

  @Test
  void halfAFileOfAnotherProcessIsGoneOnWith() throws IOException {
    fixture.hub.content(5, Fault.resetAfter(0));
    assertThatThrownBy(() -> fixture.fetch(DATASET)).isInstanceOf(UserException.class);
    fixture.hub.clearFaults();
    Path unfinished = fixture.cache().resolve(fixture.unfinished().getFirst());
    Files.write(unfinished, Arrays.copyOf(content, 123_456));
    requireRight();
    assertThat(contents().getLast().header("Range")).contains("bytes=123456-");
  }

  @Test
  void halfAFileThatIsWrongBeginsAnew() throws IOException {
    fixture.hub.content(5, Fault.resetAfter(0));
    assertThatThrownBy(() -> fixture.fetch(DATASET)).isInstanceOf(UserException.class);
    fixture.hub.clearFaults();
    Path unfinished = fixture.cache().resolve(fixture.unfinished().getFirst());
    Files.write(unfinished, new byte[200_000]); // as a power failure leaves it
    requireRight();
    Files.delete(fixture.cache().resolve("datasets--org--one/refs/main"));
  }

  @Test
  void aSignatureThatExpiredIsAskedForAgain() throws IOException {
    fixture.hub.content(1, Fault.resetAfter(100_000));
    requireRight();
    assertThat(contents().stream().map(e -> e.uri.getQuery()).distinct()).hasSize(2);
  }

  @Test
  void somethingElseThanAHubIsRefused() {
    fixture.hub.fault(_ -> true, 99, Fault.status(200));
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("is it a Hub?");
  }
}
