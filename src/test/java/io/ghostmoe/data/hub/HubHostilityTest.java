package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.hub.HttpHost.Exchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/** A Hub that means harm: nothing is written outside the cache, and no token leaves. */
class HubHostilityTest {
  private static final HubDataset DATASET = HubDataset.of("org/one", null, null);

  @TempDir Path home;
  private HubFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    fixture.hub.add("org/one").large("train.txt", "text").commit("main");
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private List<String> outside() throws IOException {
    return HubFixture.below(home).stream().filter(name -> !name.startsWith("hf/hub/")).toList();
  }

  private static Fault.Instead json(String json) {
    return exchange -> {
      exchange.send(200, Map.of(), json.getBytes(StandardCharsets.UTF_8));
      return true;
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../../../escaped.txt",
        "/etc/escaped.txt",
        "a/../../../escaped.txt",
        "..\\escaped.txt",
        "C:\\escaped.txt",
        "C:escaped.txt",
        ".. /escaped.txt",
        "a//escaped.txt",
        "a/./escaped.txt",
        "nul\u0000.txt",
        "line\nbreak.txt",
        "\ud800.txt"
      })
  void aPathThatLeavesItsFolderIsNeverWritten(String path) throws IOException {
    String listing =
        JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII) // UTF-8 has no half of a pair
            .build()
            .writeValueAsString(List.of(Map.of("type", "file", "path", path, "size", 4)));
    fixture.hub.fault(LocalHub.containing("/tree/"), 9, json(listing));
    assertThatThrownBy(() -> fixture.fetch(DATASET)).isInstanceOf(UserException.class);
    assertThat(outside()).isEmpty();
    assertThat(fixture.hub.seen(LocalHub.containing("/resolve/"))).isEmpty();
    assertThat(RepoPath.isSafe(path)).isFalse();
    assertThatThrownBy(() -> RepoPath.resolve(home, path)).isInstanceOf(UserException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../../escaped", "..", ".", "", "a/b", "a\\b", "C:x", "x.lock"})
  void anETagThatIsNoNameIsRefused(String etag) throws IOException {
    fixture.hub.fault(
        LocalHub.containing("/resolve/"),
        9,
        exchange -> {
          exchange.send(200, Map.of("ETag", '"' + etag + '"', "X-Linked-Size", "4"), new byte[4]);
          return true;
        });
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("nothing was written");
    assertThat(outside()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../../escaped", "main", "", "0123", "ABCDEF0123456789ABCDEF0123456789ABCDEF01"})
  void aCommitThatIsNoneIsRefused(String commit) throws IOException {
    fixture.hub.fault(LocalHub.containing("/revision/"), 9, json("{\"sha\": \"" + commit + "\"}"));
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("no commit");
    assertThat(outside()).isEmpty();
    fixture.hub.clearFaults();
    fixture.hub.fault(
        LocalHub.containing("/resolve/"),
        9,
        exchange -> {
          exchange.send(200, Map.of("ETag", "\"abc\"", "X-Repo-Commit", commit + "!"), new byte[4]);
          return true;
        });
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("a commit that is none");
  }

  @Test
  void aLinkInTheCacheThatWasThereIsNotWrittenThrough() throws IOException {
    String commit = fixture.fetch(DATASET).commit();
    Path victim = Files.writeString(home.resolve("victim"), "mine");
    Path place = fixture.cache().resolve("datasets--org--one/snapshots/" + commit + "/train.txt");
    Files.delete(place);
    Files.createSymbolicLink(place, victim);
    Files.writeString(victim, "four and more");
    fixture.fetch(DATASET);
    assertThat(victim).hasContent("four and more");
    assertThat(place).hasContent("text");
  }

  @Test
  void theTokenGoesToTheHubAlone() throws IOException {
    List<Exchange> elsewhere = new CopyOnWriteArrayList<>();
    try (HttpHost other =
        new HttpHost(
            "localhost",
            0,
            exchange -> {
              elsewhere.add(exchange);
              exchange.send(
                  200, Map.of("ETag", "\"abc\""), "text".getBytes(StandardCharsets.UTF_8));
            })) {
      URI sameHost = URI.create("http://127.0.0.1:" + other.address().getPort() + "/x");
      for (String location : List.of(other.address() + "/x", sameHost.toString())) {
        for (String what : List.of("/revision/", "/tree/", "/resolve/")) {
          fixture.hub.clearFaults();
          fixture.hub.fault(LocalHub.containing(what), 1, Fault.redirect(location));
          fetchQuietly();
        }
      }
      fixture.hub.clearFaults();
      fixture.hub.fault(
          LocalHub.containing("/tree/"),
          1,
          exchange -> {
            exchange.send(
                200,
                Map.of("Link", "<%s/tree?cursor=1>; rel=\"next\"".formatted(other.address())),
                "[]".getBytes(StandardCharsets.UTF_8));
            return true;
          });
      fetchQuietly();
    }
    assertThat(elsewhere).isNotEmpty().noneMatch(this::hasToken);
    assertThat(fixture.hub.seen(fixture.hub.onStorage())).noneMatch(this::hasToken);
    assertThat(fixture.hub.seen(LocalHub.containing("/revision/"))).allMatch(this::hasToken);
  }

  private boolean hasToken(Exchange exchange) {
    return exchange.headers.toString().contains(LocalHub.TOKEN)
        || exchange.uri.toString().contains(LocalHub.TOKEN);
  }

  private String fetchQuietly() {
    try {
      fixture.fetch(DATASET, "HF_TOKEN", LocalHub.TOKEN);
      return "";
    } catch (UserException e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      return trace.toString();
    }
  }

  @Test
  void noMessageAndNoTraceHasTheToken() {
    for (Fault.Instead failure :
        List.of(
            Fault.status(401),
            Fault.status(403),
            Fault.status(404),
            Fault.status(500),
            Fault.status(200),
            Fault.reset(),
            Fault.redirect("ftp://x/"),
            Fault.redirect("http://[x"),
            Fault.redirect("/again"))) {
      fixture.hub.clearFaults();
      fixture.hub.fault(_ -> true, 99, failure);
      assertThat(fetchQuietly()).isNotEmpty().doesNotContain(LocalHub.TOKEN);
    }
    assertThat(String.join("", fixture.notes)).doesNotContain(LocalHub.TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://x/train.txt", "file:///etc/hosts", "mailto:x", "http://[x"})
  void contentThatIsNotOnTheWebIsRefusedInOneLine(String location) throws IOException {
    fixture.hub.fault(
        LocalHub.containing("/resolve/"),
        9,
        exchange -> {
          exchange.send(302, Map.of("X-Linked-Etag", "\"abc\"", "Location", location), new byte[0]);
          return true;
        });
    HubFixture.assertRefused(() -> fixture.fetch(DATASET), "sends requests on to");
    fixture.hub.add("org/raw").small("README.md", "").commit("main");
    fixture.hub.fault(LocalHub.containing("/parquet/"), 9, json("[\"" + location + "\"]"));
    fixture.hub.fault(LocalHub.containing("/parquet"), 9, json("{\"default\": {}}"));
    HubFixture.assertRefused(
        () -> fixture.fetch(HubDataset.of("org/raw", null, null)), "sends requests on to");
    assertThat(outside()).isEmpty();
  }

  @Test
  void aHubWithEncryptionCannotNameContentWithout() {
    HttpHeaders headers =
        HttpHeaders.of(
            Map.of("X-Linked-Etag", List.of("abc"), "Location", List.of("http://cdn.example/x")),
            (_, _) -> true);
    HubHttp.Answer answer =
        new HubHttp.Answer(
            302, headers, URI.create("https://hub.example/x"), InputStream.nullInputStream());
    HubFixture.assertRefused(() -> FileHead.of(answer, "x"), "not encrypted");
  }

  @Test
  void aTokenThatNoHeaderCanHoldIsRefusedUnseen() {
    for (String odd : List.of("hf_secret\nX: y", "hf_secret two", "hf_sëcret", "hf_secret\u0000")) {
      assertThatThrownBy(() -> fixture.fetch(DATASET, "HF_TOKEN", odd))
          .isInstanceOf(UserException.class)
          .message()
          .startsWith("HF_TOKEN holds no token")
          .doesNotContain("hf_s");
    }
    assertThat(HubToken.of("hf_secret", "x").toString()).doesNotContain("secret");
  }

  @Test
  void aSignatureStaysOutOfMessages() {
    fixture.hub.fault(fixture.hub.onStorage(), 99, Fault.status(403));
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .message()
        .contains("forbids it")
        .doesNotContain("Signature", "sig-");
  }

  @Test
  void aNameInAHeaderIsNoName() throws IOException {
    fixture.fetch(DATASET);
    assertThat(outside()).isEmpty();
    assertThat(HubFixture.below(home)).noneMatch(name -> name.contains("escaped"));
  }

  @Test
  void anAnswerWithoutAnEndIsRefused() {
    fixture.hub.pageSize(0);
    assertThatThrownBy(() -> fixture.fetch(DATASET))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("without an end");
  }
}
