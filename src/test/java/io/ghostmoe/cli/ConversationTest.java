package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.cache.Manifest;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code generate --interactive}, in a pipe and on a terminal. */
class ConversationTest {
  private static final String END = System.lineSeparator();

  private final FakeEngine engine = new FakeEngine();
  private final Cancellation cancellation = new Cancellation();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String input, boolean interactive, String... flags) {
    Terminal terminal =
        new Terminal(
            new BufferedReader(new StringReader(input)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            interactive,
            false,
            80);
    String[] words = new String[2 + flags.length];
    words[0] = "generate";
    words[1] = "--interactive";
    System.arraycopy(flags, 0, words, 2, flags.length);
    return new CommandLineApp(engine, terminal, cancellation).run(words);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void inAPipeOnlyTheAnswersComeOut() {
    assertThat(run("1+1?\n\n  \n λ ?", false)).isZero();
    assertThat(engine.prompts)
        .containsExactly("Question: 1+1?\nAnswer:", "Question:  λ ?\nAnswer:");
    assertThat(out()).isEqualTo(("(x) (x) (x)" + END).repeat(2));
    assertThat(err()).isEmpty();
    assertThat(engine.closed).isOne();
  }

  @Test
  void onATerminalItGreetsAndPrompts() {
    assertThat(run("1+1?\n", true)).isZero();
    assertThat(out().replace("\r\u001b[K", ""))
        .isEqualTo(
            "a-1, after step 1,200: ask a question; Ctrl-C stops an answer, quit or Ctrl-D ends"
                + END
                + "> (x) (x) (x)"
                + END
                + "> "
                + END);
  }

  @Test
  void quitEndsAndWhatFollowsIsNotRead() {
    assertThat(run("a\n quit \nb\n", false)).isZero();
    assertThat(engine.prompts).containsExactly("Question: a\nAnswer:");
    assertThat(run("", false)).isZero();
    assertThat(run("quit", true, "--quiet")).isZero();
    assertThat(engine.prompts).hasSize(1);
  }

  @Test
  void plainTextIsContinuedAsItIs() {
    engine.kind = Optional.of(Manifest.Kind.TEXT);
    assertThat(run("To be\n", false)).isZero();
    assertThat(engine.prompts).containsExactly("To be");
    assertThat(out()).isEqualTo(" (x) (x) (x)" + END);
    engine.kind = Optional.empty();
    assertThat(run("Or not\n", true)).isZero();
    assertThat(engine.prompts).containsExactly("To be", "Or not");
    assertThat(out()).contains("whether it knows questions cannot be told");
  }

  @Test
  void jsonIsOneObjectALine() {
    assertThat(run("1+1?\nb\n", true, "--json")).isZero();
    List<String> lines = out().replace("> ", "").lines().filter(line -> !line.isEmpty()).toList();
    assertThat(lines).hasSize(2);
    JsonNode json = JsonMapper.shared().readTree(lines.getFirst());
    assertThat(json.propertyNames())
        .containsExactly(
            "line",
            "run",
            "prompt",
            "text",
            "tokens",
            "prompt_tokens",
            "context_length",
            "end_of_text",
            "seconds");
    assertThat(json.get("line").stringValue()).isEqualTo("1+1?");
    assertThat(json.get("prompt").stringValue()).isEqualTo("Question: 1+1?\nAnswer:");
    assertThat(json.get("text").stringValue()).isEqualTo("(x) (x) (x)");
    assertThat(JsonMapper.shared().readTree(lines.getLast()).get("line").stringValue())
        .isEqualTo("b");
  }

  @Test
  void anInterruptionFromOutsideEndsWith130AfterTheAnswerThatWasBegun() {
    engine.afterPiece = cancellation::request;
    assertThat(run("a\nb\n", false)).isEqualTo(130);
    assertThat(engine.prompts).containsExactly("Question: a\nAnswer:");
    assertThat(out()).isEqualTo("(x)" + END);
    assertThat(engine.closed).isOne();
  }

  @Test
  void whereItWaitsForALineAnInterruptionLosesNothing() {
    AtomicBoolean idle = new AtomicBoolean(true);
    engine.afterPiece = () -> idle.set(cancellation.isIdle());
    assertThat(run("a\n", false)).isZero();
    assertThat(idle).as("while an answer is given").isFalse();
    assertThat(cancellation.isIdle()).as("at the end").isFalse();
  }

  @Test
  void aLongPromptIsNotedOnStandardErrorUnlessItIsToBeQuiet() {
    String line = "x".repeat(50) + "\n";
    assertThat(run(line, false)).isZero();
    assertThat(err()).isEqualTo("ghostmoe: the prompt is long" + END);
    err.reset();
    assertThat(run(line, false, "--quiet")).isZero();
    assertThat(run(line, false, "--json")).isZero();
    assertThat(err()).isEmpty();
  }

  @Test
  void linesEndAsOnAnySystemAndTheLastNeedNot() {
    assertThat(run("a\r\n\r\nb\rc", false)).isZero();
    assertThat(engine.prompts).containsExactly("Question: a\nAnswer:", "Question: b\rc\nAnswer:");
  }

  @Test
  void aLineWithoutEndIsRefused() {
    assertThat(run("a\n" + "x".repeat((1 << 20) + 1), false)).isEqualTo(2);
    assertThat(engine.prompts).hasSize(1);
    assertThat(err()).contains("a line of the input has over 1,048,576 characters").hasLineCount(1);
    assertThat(engine.closed).isOne();
  }

  @Test
  void aModelCannotSteerTheTerminal() {
    engine.generatedText = "\u001b[2J";
    assertThat(run("a\n", true)).isZero();
    assertThat(out()).contains("?[2J?[2J").doesNotContain("\u001b[2J");
  }

  @Test
  void aPromptAndLinesContradictEachOther() {
    assertThat(run("a\n", false, "--prompt", "x")).isEqualTo(2);
    assertThat(err()).startsWith("ghostmoe: --prompt and --interactive").hasLineCount(1);
    assertThat(engine.generated).isEmpty();
  }
}
