package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.DataSettings;
import io.ghostmoe.DatasetInspectSettings;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.Removal;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.data.cache.Verification.State;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DatasetsCommandTest {
  private static final CatalogEntry ONE = FakeEngine.entry("a", "1".repeat(64), 2048);
  private static final CatalogEntry TWO = FakeEngine.entry("b", "2".repeat(64), 1024);

  private final FakeEngine engine = new FakeEngine();
  private final Cancellation cancellation = new Cancellation();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

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
    return new CommandLineApp(engine, terminal, cancellation).run(words.split(" "));
  }

  private List<String> out() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void namesThatSeveralEntriesShareAreListedWithTheirFingerprints() {
    DatasetRow row = FakeEngine.row("b", "valid", "");
    engine.rows =
        List.of(
            FakeEngine.row("a", "valid", ""),
            row,
            new DatasetRow("b/9", "b", "9999", "invalid", "cut", 0, 0, 0, 1, row.created()));
    assertThat(run("datasets list")).isZero();
    assertThat(out()).hasSize(5);
    assertThat(out().get(1)).startsWith("a           valid");
    assertThat(out().get(2)).startsWith("b/0123abcd  valid");
    assertThat(out().get(3)).startsWith("b/9         invalid");
  }

  @Test
  void estimatingSaysWhatAPreparationWouldTake() {
    assertThat(run("datasets estimate --dataset a.jsonl")).isZero();
    assertThat(engine.asked).containsExactly("estimate a.jsonl");
    assertThat(out())
        .contains("documents  1,000", "tokens     about 70,000", "disk       about 148.4 KiB");
    assertThat(run("datasets estimate --dataset a.jsonl --json")).isZero();
    assertThat(json().get("cache_bytes").intValue()).isEqualTo(152_000);
    assertThat(run("datasets estimate")).isEqualTo(2);
  }

  @Test
  void inspectingShowsWhatIsKnownAndSomeDocumentsThatCannotSteerTheTerminal() {
    assertThat(run("datasets inspect local_x_gpt2_256/01 --samples 1 --cache-dir c")).isZero();
    DatasetInspectSettings settings = engine.inspectedDatasets.getFirst();
    assertThat(settings.name()).isEqualTo("local_x_gpt2_256/01");
    assertThat(settings.get(DatasetInspectSettings.SAMPLES)).isEqualTo(1);
    assertThat(settings.get(DataSettings.CACHE_DIR)).isEqualTo(Path.of("c"));
    assertThat(out())
        .contains(
            "name         local_x_gpt2_256",
            "fingerprint  0123abcd0123abcd",
            "status       valid",
            "tokenizer    gpt2",
            "source       x?.jsonl",
            "samples      800+200",
            "tokens       40,000+9,000",
            "size         120.6 KiB",
            "note         dropped fields: why (1,000)",
            "train                  0 to 16 tokens         200  ##########",
            "                      17 to 20 tokens         600  " + "#".repeat(32),
            "train 1 of 800, 1,000 tokens, 990 of them the answer's",
            "Question: 1?[2J",
            "Answer:« 2» …",
            "eval 1 of 200, 1 token",
            "b");
    assertThat(run("datasets inspect local_x_gpt2_256 --json")).isZero();
    assertThat(json().get("dropped_fields").get("why").intValue()).isEqualTo(1000);
    assertThat(json().get("train").get(0).get("text").stringValue()).endsWith("Answer: 2");
    assertThat(json().get("train").get(0).get("answer_at").intValue()).isEqualTo(23);
    assertThat(json().get("train_lengths").get(1).get("documents").intValue()).isEqualTo(600);
    assertThat(json().get("created").stringValue()).isEqualTo("2026-02-03T04:05:06Z");
    assertThat(err()).isEmpty();
  }

  @Test
  void verifyingEndsWith1WhereSomethingIsBadAndSaysHowToMendIt() {
    engine.verifications =
        List.of(
            new Verification(ONE, State.SOUND, ""),
            new Verification(TWO, State.BAD, "eval.tokens is missing"));
    assertThat(run("datasets verify")).isEqualTo(1);
    assertThat(out())
        .containsExactly(
            "sound  a/111111111111  0 tokens, 2.0 KiB",
            "bad    b/222222222222  eval.tokens is missing");
    assertThat(err())
        .startsWith("ghostmoe: 1 of 2 in data-preprocessed is bad: ghostmoe datasets clean --inv")
        .hasLineCount(1);
    assertThat(run("datasets verify --quiet")).isEqualTo(1);
    assertThat(out()).isEmpty();
    assertThat(err()).contains("is bad, b/222222222222 (eval.tokens is missing): ").hasLineCount(1);
    assertThat(run("datasets verify --json")).isEqualTo(1);
    assertThat(json().get("datasets").get(1).get("state").stringValue()).isEqualTo("bad");
  }

  @Test
  void verifyingWhatIsSoundOrBeingBuiltIsNoFailure() {
    engine.verifications =
        List.of(
            new Verification(ONE, State.SOUND, ""),
            new Verification(TWO, State.BEING_BUILT, "a process is building it"));
    assertThat(run("datasets verify a b/2 --cache-dir c")).isZero();
    assertThat(out()).contains("later  b/222222222222  a process is building it");
    assertThat(engine.asked).containsExactly("verify c [a, b/2]");
    assertThat(run("datasets verify --deep a --cache-dir c")).isZero();
    assertThat(engine.asked).contains("verify deep c [a]");
    assertThat(err()).isEmpty();
    engine.verifications = List.of();
    assertThat(run("datasets verify")).isZero();
    assertThat(out())
        .containsExactly("nothing is prepared in data-preprocessed, so nothing is bad");
  }

  @Test
  void verifyingStopsWhenItIsInterrupted() {
    engine.verifications = List.of(new Verification(ONE, State.SOUND, ""));
    cancellation.request();
    assertThat(run("datasets verify")).isEqualTo(130);
    assertThat(out()).noneMatch(line -> line.startsWith("sound"));
  }

  @Test
  void removingSaysWhatIsGoneAndWhatIsNot() {
    engine.removal = new Removal(List.of(ONE, TWO), List.of(), List.of());
    assertThat(run("datasets remove a b --cache-dir c")).isZero();
    assertThat(engine.asked).containsExactly("remove c [a, b]");
    assertThat(out())
        .containsExactly(
            "removed a/111111111111  2.0 KiB",
            "removed b/222222222222  1.0 KiB",
            "2 removed, 3.0 KiB");
    engine.removal =
        new Removal(
            List.of(ONE),
            List.of(new Removal.Kept(TWO, "another process is building it")),
            List.of());
    engine.removal = new Removal(List.of(), engine.removal.kept(), List.of());
    assertThat(run("datasets remove b")).isEqualTo(1);
    assertThat(out()).as("what cannot be removed is not nothing").isEmpty();
    engine.removal = new Removal(List.of(ONE), engine.removal.kept(), List.of());
    assertThat(run("datasets remove a b --quiet")).isEqualTo(1);
    assertThat(out()).isEmpty();
    assertThat(err())
        .startsWith(
            "ghostmoe: not removed, 1 of 2 in data-preprocessed: b/222222222222 (another process"
                + " is")
        .hasLineCount(1);
    assertThat(run("datasets remove a b --json")).isEqualTo(1);
    assertThat(json().get("removed").get(0).get("name").stringValue()).isEqualTo("a");
    assertThat(json().get("kept").get(0).get("why").stringValue()).contains("building");
  }

  @Test
  void cleaningWithoutATerminalAsksNothing() {
    engine.rows = List.of(FakeEngine.row("a", "valid", ""));
    engine.removal =
        new Removal(List.of(ONE), List.of(), List.of(Path.of("data-preprocessed", "notes")));
    assertThat(run("datasets clean")).isZero();
    assertThat(out())
        .containsExactly(
            "removed a/111111111111  2.0 KiB", "left alone, since prepare did not make it: notes");
    engine.removal = new Removal(List.of(), List.of(), List.of());
    assertThat(run("datasets clean --invalid --cache-dir c")).isZero();
    assertThat(out()).containsExactly("nothing to remove in c");
    assertThat(run("datasets clean --json")).isZero();
    assertThat(json().get("bytes").longValue()).isZero();
    assertThat(engine.asked)
        .containsExactly(
            "clean data-preprocessed all", "clean c invalid", "clean data-preprocessed all");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--list-datasets | []",
        "--list-datasets --cache-dir c | []",
        "--clean-datasets | [clean data-preprocessed all]",
        "--clean-datasets --yes --quiet | [clean data-preprocessed all]",
        "--clean-invalid --cache-dir c | [clean c invalid]",
        "--cache-dir c --clean-invalid | [clean c invalid]",
        "--json --clean-datasets | [clean data-preprocessed all]",
      })
  void thePrototypesFlagsAreTheCommandsOfToday(String words, String asked) {
    assertThat(run(words)).as(err()).isZero();
    assertThat(engine.asked).hasToString(asked);
    assertThat(engine.listed).hasSize(words.contains("list") ? 1 : 0);
  }

  @Test
  void thePrototypesFlagsAreInTheHelpAndMeanNothingBehindACommand() {
    assertThat(run("--help")).isZero();
    assertThat(out())
        .anyMatch(line -> line.matches(" +--clean-invalid +the same as datasets clean --invalid"));
    assertThat(run("generate --prompt --clean-datasets")).isZero();
    assertThat(run("datasets list --clean-datasets")).isEqualTo(2);
    assertThat(engine.asked).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "datasets inspect | NAME[/FINGERPRINT] is missing",
        "datasets remove | NAME[/FINGERPRINT] is missing",
        "datasets inspect a b | \"b\" is one word too many",
        "datasets inspect a --samples -1 | --samples -1: must be a whole number from 0 to 1000",
        "datasets clean a | \"a\" is one word too many",
        "datasets clean --invald | unknown option --invald: did you mean --invalid?",
        "--list-datasets train | \"train\" is one word too many",
      })
  void wrongWordsAreOneLineAndExitCode2(String words, String expected) {
    assertThat(run(words)).isEqualTo(2);
    assertThat(err()).startsWith("ghostmoe: ").contains(expected).hasLineCount(1);
    assertThat(engine.asked).isEmpty();
  }

  @Test
  void everySubcommandTakesACacheFolderAndJsonAndIsQuietAboutFailures() {
    for (String command : List.of("list", "inspect a", "verify", "remove a", "clean")) {
      assertThat(run("datasets " + command + " --cache-dir c --json")).as(command).isZero();
      assertThat(json().isObject()).isTrue();
      engine.failure = UserException.environment("c cannot be read");
      assertThat(run("datasets " + command + " --quiet")).as(command).isEqualTo(1);
      assertThat(out()).isEmpty();
      assertThat(err()).isEqualTo("ghostmoe: c cannot be read" + System.lineSeparator());
      engine.failure = null;
    }
  }
}
