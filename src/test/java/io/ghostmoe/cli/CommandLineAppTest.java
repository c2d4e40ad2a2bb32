package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.DataSettings;
import io.ghostmoe.ModelSettings;
import io.ghostmoe.OptimizationSettings;
import io.ghostmoe.RunSettings;
import io.ghostmoe.SamplingSettings;
import io.ghostmoe.Setting;
import io.ghostmoe.TrainSettings;
import io.ghostmoe.base.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandLineAppTest {
  @TempDir Path folder;
  private final FakeEngine engine = new FakeEngine();
  private final Cancellation cancellation = new Cancellation();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    Terminal terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            false,
            80);
    return new CommandLineApp(engine, terminal, cancellation).run(args);
  }

  private int runWords(String words) {
    return run(words.isEmpty() ? new String[0] : words.split(" "));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void trainWithoutOptionsIsTheQuickstart() {
    assertThat(run("train")).isZero();
    TrainSettings settings = engine.trained.getFirst();
    assertThat(settings.get(DataSettings.DATASET)).isEqualTo("data/lambda_dataset.json");
    assertThat(settings.get(DataSettings.NUM_TRAIN_SAMPLES)).isEqualTo(800);
    assertThat(err()).isEmpty();
  }

  @Test
  void everyCommandsHelpBeginsWithItsUsage() {
    for (String command :
        List.of("estimate", "train", "prepare", "eval", "generate", "inspect", "doctor")) {
      out.reset();
      assertThat(run(command, "--help")).isZero();
      assertThat(out()).startsWith("Usage: ghostmoe " + command + " [OPTIONS]");
    }
  }

  @Test
  void flagsReachTheEngine() {
    assertThat(
            runWords(
                "train --dataset ../x/train.jsonl --eval-file ../x/test.jsonl"
                    + " --num-train-samples 100 --num-eval-samples -1 --batching padded"
                    + " --embed-dim=32 --num-heads 2 --max-steps 15 --learning-rate 1e-3"
                    + " --schedule constant --warmup-steps 0 --ghost-trigger step:3,5 --seed -1"
                    + " --run a --overwrite"))
        .isZero();
    TrainSettings settings = engine.trained.getFirst();
    assertThat(settings.get(DataSettings.EVAL_FILE)).isEqualTo(Path.of("../x/test.jsonl"));
    assertThat(settings.get(DataSettings.NUM_EVAL_SAMPLES)).isEqualTo(-1);
    assertThat(settings.get(ModelSettings.EMBED_DIM)).isEqualTo(32);
    assertThat(settings.get(OptimizationSettings.SCHEDULE)).isEqualTo("constant");
    assertThat(settings.get(OptimizationSettings.WARMUP_STEPS)).isZero();
    assertThat(settings.get(RunSettings.OVERWRITE)).isTrue();
    assertThat(settings.get(RunSettings.RESUME)).isFalse();
    assertThat(settings.get(RunSettings.SEED)).isEqualTo(-1);
  }

  @Test
  void everySettingIsAFlagInTheHelp() {
    assertThat(run("train", "--help")).isZero();
    for (Setting<?> setting : TrainSettings.TABLE.all()) {
      assertThat(out()).contains(setting.flag());
    }
    assertThat(out())
        .contains(
            "Data\n      --dataset=NAME|FILE ",
            "Model\n",
            "Ghost experts",
            "Optimization\n",
            "Run\n",
            "--config=FILE")
        .contains(
            "(default: 4 × embed_dim)",
            "--schedule=cosine|constant|wsd",
            "--resume[=true|false]",
            "--num-heads=N ");
    assertThat(engine.trained).isEmpty();
    assertThat(err()).isEmpty();
  }

  @Test
  void flagsWinOverTheFile() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.json"), "{\"dataset\":\"a.txt\",\"embed_dim\":64,\"top_k\":1}");
    assertThat(run("train", "--config", file.toString(), "--embed-dim", "32")).isZero();
    TrainSettings settings = engine.trained.getFirst();
    assertThat(settings.get(DataSettings.DATASET)).isEqualTo("a.txt");
    assertThat(settings.get(ModelSettings.EMBED_DIM)).isEqualTo(32);
    assertThat(settings.get(ModelSettings.TOP_K)).isEqualTo(1);

    assertThat(run("prepare", "--config", file.toString())).isZero();
    assertThat(engine.prepared.getFirst().get(DataSettings.DATASET)).isEqualTo("a.txt");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "train --embd-dim 3 | unknown option --embd-dim: did you mean --embed-dim? See ghostmoe"
            + " train --help",
        "train --embd-dim=3 | unknown option --embd-dim: did you mean --embed-dim?",
        "trian | unknown command trian: did you mean train? See ghostmoe --help",
        "datasets lst | unknown command lst: did you mean list? See ghostmoe datasets --help",
        "train --embed-dim | --embed-dim",
        "train --embed-dim x | --embed-dim x: must be a whole number from 1 to 65536 (default 128)",
        "train --embed-dim 33 --num-heads 2 | --embed-dim 33 is not divisible by --num-heads 2",
        "train --top-k 1 --top-k 2 | option '--top-k' (N) should be specified only once",
        "train extra | extra",
        "train --resume | --resume needs the run's name: pass --run NAME",
        "train --run ../x | --run \"../x\" is no plain name",
        "train --config no.json | no.json: no such file: check the path",
        "prepare | --dataset is missing",
        "generate --temperature -1 | --temperature -1: must be a number of at least 0",
        "generate --checkpoint last | --checkpoint last: must be latest, best or a step",
      })
  void wrongInputIsOneLineAndExitCode2(String words, String expected) {
    assertThat(runWords(words)).isEqualTo(2);
    assertThat(err()).startsWith("ghostmoe: ").contains(expected).hasLineCount(1);
    assertThat(out()).isEmpty();
  }

  @Test
  void aFailureOfTheWorldIsExitCode1() {
    engine.failure = UserException.environment("disk full: free space");
    assertThat(run("train")).isEqualTo(1);
    assertThat(err()).isEqualTo("ghostmoe: disk full: free space" + System.lineSeparator());
  }

  @Test
  void aMessageCannotSteerTheTerminal() {
    engine.failure = UserException.input("bad name \u001b[2J\u0007");
    assertThat(run("train", "--quiet")).isEqualTo(2);
    assertThat(err()).isEqualTo("ghostmoe: bad name ?[2J?" + System.lineSeparator());
  }

  @Test
  void debugAddsTheStackTraceWhereverItStands() {
    engine.failure = UserException.input("wrong");
    assertThat(run("train", "--debug")).isEqualTo(2);
    assertThat(err()).contains("UserException: wrong", "\tat ");
    err.reset();
    assertThat(run("--debug", "train")).isEqualTo(2);
    assertThat(err()).contains("\tat ");
    err.reset();
    assertThat(run("datasets", "--debug", "list")).isEqualTo(2);
    assertThat(err()).contains("\tat ");
  }

  @Test
  void aBugKeepsItsStackTrace() {
    engine.failure = new IllegalStateException("oops");
    assertThat(run("train")).isEqualTo(1);
    assertThat(err()).startsWith("ghostmoe: internal error").contains("oops", "\tat ");
  }

  @Test
  void aFullMemoryIsOneLineWithTheRemedy() {
    engine.afterStep =
        step -> {
          throw new OutOfMemoryError("Java heap space");
        };
    assertThat(run("train", "--quiet")).isEqualTo(1);
    assertThat(err())
        .startsWith("ghostmoe: out of memory (Java heap space), Java may use ")
        .contains("-Xmx")
        .hasLineCount(1);
  }

  @Test
  void aCancelledRunSavesAndEndsWith130() throws InterruptedException {
    engine.afterStep =
        step -> {
          if (step == 2) {
            cancellation.request();
          }
        };
    assertThat(run("train")).isEqualTo(130);
    assertThat(out())
        .contains(
            "step 2  checkpoint saved",
            "interrupted and saved after 2 steps",
            "go on with: ghostmoe train --resume --run a-1");
    assertThat(cancellation.isFinished()).isTrue();
    assertThat(cancellation.awaitFinished()).isEqualTo(130);
  }

  @Test
  void aPreparationThatIsCancelledEndsWith130() {
    engine.failure = new CancellationException();
    assertThat(run("prepare", "--dataset", "x.txt")).isEqualTo(130);
    assertThat(err()).isEqualTo("ghostmoe: interrupted" + System.lineSeparator());
  }

  @Test
  void whoAskedForTheInterruptionHasAlreadySaidSo() {
    engine.afterStep =
        step -> {
          cancellation.request();
          throw new CancellationException();
        };
    assertThat(run("train", "--quiet")).isEqualTo(130);
    assertThat(err()).isEmpty();
  }

  @Test
  void aPersonWithoutATerminalReadsPlainLines() {
    assertThat(run("train", "--max-steps", "40")).isZero();
    assertThat(out().lines())
        .contains(
            "run         " + Path.of("runs", "a-1"),
            "device      cpu: it is all there is",
            "parameters  3,300,000, of which a token meets 2,200,000",
            "split 90/10 with seed 42",
            "step 40  evaluation loss 2.5000  bits/byte 1.2500",
            "step 40  checkpoint saved, the best so far",
            "Answer: 2?[31m",
            "done after 40 steps and 40,000 tokens in 1:05 (9,120 tok/s)",
            "loss 10.8000 -> 4.5000, evaluation loss 2.5000, bits/byte 1.2500",
            "memory at most 300.0 MiB");
    assertThat(out().lines().filter(line -> line.matches("step \\d+/40 .*")))
        .hasSize(21)
        .allMatch(
            line ->
                line.matches(
                    "step \\d+/40  loss 4\\.5000  lr 1\\.00e-03  9,120 tok/s  \\d:\\d\\d left"));
    assertThat(out()).doesNotContain("\r", "\u001b");
  }

  @Test
  void jsonIsOneObjectAndNothingElse() {
    assertThat(run("train", "--json")).isZero();
    JsonNode json = JsonMapper.shared().readTree(out());
    assertThat(json.get("final_eval_loss").doubleValue()).isEqualTo(2.5);
    assertThat(json.get("parameters").longValue()).isEqualTo(3_300_000);
    out.reset();
    assertThat(run("prepare", "--dataset", "x.txt", "--json", "--quiet")).isZero();
    json = JsonMapper.shared().readTree(out());
    assertThat(json.get("cache_hit").booleanValue()).isFalse();
    assertThat(json.get("train_samples").longValue()).isEqualTo(800);
    out.reset();
    assertThat(run("generate", "--prompt", "λ", "--json")).isZero();
    json = JsonMapper.shared().readTree(out());
    assertThat(json.get("prompt").stringValue()).isEqualTo("λ");
    assertThat(json.get("text").stringValue()).isEqualTo(" (x) (x) (x)");
    out.reset();
    engine.rows = List.of(FakeEngine.row("a", "valid", ""), FakeEngine.row("b", "invalid", "cut"));
    assertThat(run("datasets", "list", "--json")).isZero();
    json = JsonMapper.shared().readTree(out());
    assertThat(json.get("datasets").get(0).get("created").stringValue())
        .isEqualTo("2026-02-03T04:05:06Z");
    assertThat(json.get("datasets").get(1).get("created").isNull()).isTrue();
    assertThat(err()).isEmpty();
  }

  @Test
  void quietSaysNothingButErrors() {
    assertThat(run("train", "--quiet")).isZero();
    assertThat(run("prepare", "--dataset", "x.txt", "--quiet")).isZero();
    assertThat(run("datasets", "list", "--quiet")).isZero();
    assertThat(out()).isEmpty();
    assertThat(err()).isEmpty();
  }

  @Test
  void preparingSaysWhatItDid() {
    assertThat(run("prepare", "--dataset", "x.txt", "--tokenizer", "byte")).isZero();
    assertThat(engine.prepared.getFirst().get(DataSettings.TOKENIZER)).isEqualTo("byte");
    assertThat(out().lines())
        .containsExactly(
            "tokenizing",
            "dropped the field explanation of 3 records",
            "local_x_gpt2_256 prepared in 0:07",
            "samples 800+200, 123,456 tokens, 244.1 KiB in " + Path.of("data-preprocessed", "x"));
  }

  @Test
  void generatedTextStreamsBehindItsPrompt() {
    assertThat(run("generate", "--prompt", "@f", "--max-tokens", "6", "--top-p", "0.9")).isZero();
    assertThat(engine.generated.getFirst().get(SamplingSettings.TOP_P)).isEqualTo(0.9);
    assertThat(out().lines()).containsExactly("@f (x) (x) (x)", "(a-1: 6 tokens, 3 tok/s)");
    out.reset();
    assertThat(run("generate", "--prompt", "f", "--quiet")).isZero();
    assertThat(out()).isEqualTo(" (x) (x) (x)" + System.lineSeparator());
  }

  @Test
  void theCacheFolderOfAListCanBeChosen() {
    assertThat(run("datasets", "list")).isZero();
    assertThat(out()).contains("nothing is prepared in data-preprocessed yet");
    assertThat(run("datasets", "list", "--cache-dir", "elsewhere")).isZero();
    assertThat(engine.listed).containsExactly(Path.of("data-preprocessed"), Path.of("elsewhere"));
  }

  @Test
  void withoutACommandTheHelpGoesToStandardError() {
    assertThat(run()).isEqualTo(2);
    assertThat(err()).contains("Usage: ghostmoe", "train", "prepare", "datasets", "generate");
    assertThat(out()).isEmpty();
    assertThat(run("datasets")).isEqualTo(2);
  }

  @Test
  void versionAndHelpGoToStandardOutput() {
    assertThat(run("--version")).isZero();
    assertThat(out())
        .startsWith("GhostMoE ")
        .contains("Java " + System.getProperty("java.version"));
    out.reset();
    assertThat(run("--help")).isZero();
    assertThat(out()).contains("Usage: ghostmoe");
    assertThat(err()).isEmpty();
  }

  @Test
  void completionIsAScriptThatKnowsEveryCommand() {
    assertThat(run("completion")).isZero();
    assertThat(out()).startsWith("#!").contains("train", "--embed-dim", "cosine");
  }
}
