package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands about prepared data on a real cache, in which all sorts of things went wrong. */
class DatasetsEndToEndTest {
  private static final String FINGERPRINT = "f".repeat(64);

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void threeEntriesOfTwoNames() throws IOException {
    Files.writeString(
        folder.resolve("sums.jsonl"),
        "{\"question\": \"1+1?\", \"answer\": \"2 λ\", \"why\": 0}\n".repeat(20));
    String dataset = " --tokenizer byte --dataset " + folder.resolve("sums.jsonl");
    for (String settings :
        List.of("--max-seq-length 32", "--max-seq-length 32 --seed 2", "--max-seq-length 16")) {
      assertThat(run("prepare --quiet " + settings + dataset)).as(err()).isZero();
    }
  }

  private Path cache() {
    return folder.resolve("cache");
  }

  private int run(String words) {
    out.reset();
    err.reset();
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            80);
    String[] args =
        Stream.concat(Arrays.stream(words.split(" ")), Stream.of("--cache-dir", cache().toString()))
            .toArray(String[]::new);
    return new CommandLineApp(new LocalEngine(), terminal, new Cancellation()).run(args);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private JsonNode json(String words) {
    run(words + " --json");
    return JsonMapper.shared().readTree(out());
  }

  /** The fingerprints of a name, in order. */
  private List<String> fingerprints(String name) {
    return json("datasets list")
        .get("datasets")
        .valueStream()
        .filter(dataset -> dataset.get("name").stringValue().equals(name))
        .map(dataset -> dataset.get("fingerprint").stringValue())
        .toList();
  }

  @Test
  void whatThePreparationSaidIsShownAgainWithSomeDocuments() {
    assertThat(run("datasets inspect local_sums_byte_16 --samples 1")).as(err()).isZero();
    assertThat(out().lines())
        .contains(
            "status       valid",
            "tokenizer    byte",
            "samples      18+2",
            "note         dropped fields: why (20)",
            "train 1 of 18, 27 tokens, 4 of them the answer's",
            "Question: 1+1?",
            "Answer: «2 λ»",
            "eval 1 of 2, 27 tokens, 4 of them the answer's");
    assertThat(run("datasets inspect local_sums_byte_32")).isEqualTo(2);
    assertThat(err()).contains("names 2 entries in").hasLineCount(1);
    assertThat(run("datasets inspect ../x")).isEqualTo(2);
    assertThat(err()).contains("no dataset ../x in").hasLineCount(1);
  }

  @Test
  void aFileCutOffAndAFlippedBitAreFoundAndClearedAwayAndTheRestStays() throws IOException {
    assertThat(run("datasets verify")).isZero();
    List<String> shared = fingerprints("local_sums_byte_32");
    Path cut = cache().resolve("local_sums_byte_32/" + shared.get(0) + "/train.tokens");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(cut), 11));
    Path flipped = cache().resolve("local_sums_byte_32/" + shared.get(1) + "/eval.tokens");
    byte[] content = Files.readAllBytes(flipped);
    content[3] ^= 64;
    Files.write(flipped, content);

    assertThat(run("datasets verify")).isEqualTo(1);
    assertThat(out())
        .contains("bad    local_sums_byte_32/" + shared.get(0).substring(0, 12))
        .contains("  train.tokens has 11 bytes instead of ")
        .contains("  eval.tokens: not the content that was written")
        .contains("sound  local_sums_byte_16/");
    assertThat(err()).contains("2 of 3 in ", "are bad: ghostmoe datasets clean --invalid");
    assertThat(run("datasets verify local_sums_byte_16")).isZero();
    assertThat(run("datasets inspect local_sums_byte_32/" + shared.get(1))).isZero();

    assertThat(run("--clean-invalid")).isZero();
    assertThat(out()).contains("2 removed, ");
    assertThat(run("datasets verify --quiet")).isZero();
    assertThat(fingerprints("local_sums_byte_32")).isEmpty();
    assertThat(fingerprints("local_sums_byte_16")).hasSize(1);
  }

  @Test
  void aNameOrTheBeginningOfAFingerprintPicksWhatIsRemoved() {
    List<String> shared = fingerprints("local_sums_byte_32");
    assertThat(run("datasets remove local_sums_byte_16 local_sums_byte_32")).isEqualTo(2);
    assertThat(run("datasets remove local_sums_byte_16 none")).isEqualTo(2);
    assertThat(fingerprints("local_sums_byte_16")).as("nothing goes on a mistake").hasSize(1);
    String picked = "local_sums_byte_32/" + shared.get(1).substring(0, 6);
    assertThat(run("datasets remove local_sums_byte_16 " + picked)).as(err()).isZero();
    assertThat(fingerprints("local_sums_byte_16")).isEmpty();
    assertThat(fingerprints("local_sums_byte_32")).containsExactly(shared.get(0));
    assertThat(cache().resolve("local_sums_byte_16")).doesNotExist();
  }

  @Test
  void strangersAndLinksSurviveEveryRemoval() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside/" + FINGERPRINT));
    Path precious = Files.writeString(outside.resolve("cache.json"), "mine");
    Files.createSymbolicLink(cache().resolve("linked"), outside.getParent());
    Files.createSymbolicLink(cache().resolve("local_sums_byte_32/" + FINGERPRINT), outside);
    Path notes = Files.createDirectories(cache().resolve("notes/old"));
    Files.writeString(notes.resolve("a.txt"), "mine");
    assertThat(json("datasets list").get("datasets")).hasSize(3);
    assertThat(run("datasets remove linked")).isEqualTo(2);
    assertThat(run("datasets verify")).isZero();
    JsonNode cleaned = json("--clean-datasets");
    assertThat(cleaned.get("removed")).hasSize(3);
    assertThat(cleaned.get("kept")).isEmpty();
    assertThat(cleaned.get("foreign").valueStream().map(JsonNode::stringValue))
        .containsExactly(
            cache().resolve("linked").toString(),
            cache().resolve("local_sums_byte_32").resolve(FINGERPRINT).toString(),
            cache().resolve("notes").toString());
    assertThat(precious).hasContent("mine");
    assertThat(notes.resolve("a.txt")).hasContent("mine");
    assertThat(run("datasets clean")).isZero();
    assertThat(out()).contains("left alone, since prepare did not make it: linked, local_sums_");
  }

  @Test
  void theDoctorCountsTheDamageAndStillLetsTrain() throws IOException {
    String runs = " --runs-dir " + folder.resolve("runs");
    JsonNode before = json("doctor" + runs);
    assertThat(before.get("can_train").booleanValue()).as(before.toString()).isTrue();
    Files.delete(
        cache()
            .resolve("local_sums_byte_16")
            .resolve(fingerprints("local_sums_byte_16").getFirst())
            .resolve("cache.json"));
    assertThat(run("doctor" + runs)).isZero();
    assertThat(out())
        .contains("holds 3 datasets, 1 of them damaged or unfinished")
        .contains("remedy: ghostmoe datasets clean --invalid removes them")
        .contains("ok    tokenizer  the native library loads and encodes as GPT-2 does");
  }
}
