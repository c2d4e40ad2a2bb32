package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.UserException;
import io.ghostmoe.cli.Program.Result;
import io.ghostmoe.data.cache.Removal;
import io.ghostmoe.data.cache.Verification;
import io.ghostmoe.doctor.Check;
import io.ghostmoe.doctor.Diagnosis;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What every command leaves on standard output and error when it fails. */
class FailureTest {
  private final FakeEngine engine = new FakeEngine();
  private final Program program = new Program(engine);

  /** Every command that talks, with what it cannot do without. */
  static Stream<String> commands() {
    return HelpTest.commands()
        .filter(command -> !List.of("", "datasets", "completion").contains(command))
        .map(
            command ->
                switch (command) {
                  case "prepare", "datasets estimate" -> command + " --dataset x.txt";
                  case "datasets inspect", "datasets remove" -> command + " a";
                  default -> command;
                });
  }

  private Result run(String words) {
    return program.run(words.split(" "));
  }

  private static void assertOneLine(String err, String message) {
    assertThat(err).isEqualTo("ghostmoe: " + message + System.lineSeparator());
  }

  private static void assertAnswered(String out, String error, int code) {
    assertThat(out).hasLineCount(1).endsWith("}\n");
    JsonNode json = JsonMapper.shared().readTree(out);
    assertThat(json.propertyNames()).containsExactly("error", "exit_code");
    assertThat(json.get("error").stringValue()).isEqualTo(error);
    assertThat(json.get("exit_code").intValue()).isEqualTo(code);
  }

  @ParameterizedTest(name = "ghostmoe {0}")
  @MethodSource("commands")
  void aFailureIsOneLineAndWithJsonAnObjectToo(String command) {
    engine.failure = UserException.environment("disk full: free space");
    for (String flag : List.of("", " --quiet")) {
      Result result = run(command + flag);
      assertThat(result.code()).isEqualTo(1);
      assertOneLine(result.err(), "disk full: free space");
      assertThat(result.out()).isEmpty();
    }
    Result result = run(command + " --json --quiet");
    assertThat(result.code()).isEqualTo(1);
    assertOneLine(result.err(), "disk full: free space");
    assertAnswered(result.out(), "disk full: free space", 1);
  }

  @ParameterizedTest(name = "ghostmoe {0}")
  @MethodSource("commands")
  void wrongInputIsAnsweredAsAnyFailureIs(String command) {
    Result result = run(command + " --quiet --nonsense 3 --json");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).startsWith("ghostmoe: unknown option --nonsense").hasLineCount(1);
    assertAnswered(result.out(), result.err().strip().replaceFirst("ghostmoe: ", ""), 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--json", "trian --json", "datasets --json", "completion --json"})
  void soItIsWhereNoCommandTakesTheFlag(String words) {
    Result result = run(words);
    assertThat(result.code()).isEqualTo(2);
    assertAnswered(result.out(), result.err().strip().replaceFirst("ghostmoe: ", ""), 2);
  }

  @ParameterizedTest
  @CsvSource({"doctor, can_train", "datasets verify, datasets", "datasets clean, kept"})
  void aResultThatIsBadNewsIsTheOnlyObject(String command, String key) {
    engine.diagnosis =
        new Diagnosis(List.of(new Check("tokenizer", Check.Status.FAIL, "missing", "install it")));
    engine.verifications =
        List.of(
            new Verification(FakeEngine.entry("a", "01", 9), Verification.State.BAD, "cut off"));
    engine.removal =
        new Removal(
            List.of(),
            List.of(new Removal.Kept(FakeEngine.entry("a", "01", 9), "in use")),
            List.of());
    Result result = run(command + " --json");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).startsWith("ghostmoe: ").hasLineCount(1);
    assertThat(JsonMapper.shared().readTree(result.out()).has(key)).isTrue(); // and nothing behind
    result = run(command + " --quiet");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).startsWith("ghostmoe: ").hasLineCount(1);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void anInterruptionAndABugAreAnsweredToo() {
    engine.failure = new CancellationException();
    assertAnswered(run("prepare --dataset x.txt --json").out(), "interrupted", 130);
    engine.failure = new IllegalStateException("oops");
    Result result = run("inspect --json");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("oops", "\tat ");
    assertAnswered(
        result.out(),
        "internal error, please report it with what follows: java.lang.IllegalStateException: oops",
        1);
  }

  @Test
  void aFailureBehindAnswersOfAConversationIsALineOfItsOwn() {
    engine.afterPiece =
        () -> {
          if (engine.prompts.size() == 2) {
            throw UserException.environment("no memory");
          }
        };
    Result result = converse("a\nb\n", "generate", "--interactive", "--json");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out().lines())
        .hasSize(2)
        .allSatisfy(line -> assertThat(JsonMapper.shared().readTree(line).isObject()).isTrue());
    assertThat(result.out()).endsWith("{\"error\":\"no memory\",\"exit_code\":1}\n");
  }

  private Result converse(String input, String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    BufferedReader in = new BufferedReader(Reader.of(input));
    Terminal terminal = new Terminal(in, stream(out), stream(err), Screen.NONE);
    int code = new CommandLineApp(engine, terminal, new Cancellation()).run(words);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static PrintStream stream(OutputStream out) {
    return new PrintStream(out, true, StandardCharsets.UTF_8);
  }

  /** Runs a command whose standard output fails from the first byte on. */
  private Result runInto(String failure, String... words) {
    StandardOutput output =
        new StandardOutput(
            new OutputStream() {
              @Override
              public void write(int value) throws IOException {
                throw new IOException(failure);
              }
            });
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new BufferedReader(Reader.of("a\nb\n")),
            stream(output),
            stream(err),
            Screen.NONE,
            output::failure);
    int code = new CommandLineApp(engine, terminal, new Cancellation()).run(words);
    return new Result(code, "", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void anOutputThatCannotBeWrittenIsAFailure() {
    for (String words : List.of("datasets list", "inspect --json", "train --help", "completion")) {
      Result result = runInto("No space left on device", words.split(" "));
      assertThat(result.code()).as(words).isEqualTo(1);
      assertOneLine(
          result.err(),
          "standard output cannot be written: No space left on device: mend that, or let it go"
              + " elsewhere");
    }
    assertThat(runInto("No space left on device", "train", "--quiet").code()).isZero();
  }

  @Test
  void aReaderThatHasSeenEnoughIsNone() {
    for (String words : List.of("datasets list", "inspect", "train --help", "train")) {
      Result result = runInto("Broken pipe", words.split(" "));
      assertThat(result.code()).as(words).isZero();
      assertThat(result.err()).isEmpty();
    }
  }

  @Test
  void nothingIsGeneratedForAReaderThatIsGone() {
    int[] pieces = new int[1];
    engine.afterPiece = () -> pieces[0]++;
    assertThat(runInto("Broken pipe", "generate").code()).isZero();
    assertThat(pieces[0]).isOne();
    assertThat(runInto("Broken pipe", "generate", "--interactive").code()).isZero();
    assertThat(pieces[0]).isEqualTo(2);
    assertThat(engine.prompts).hasSize(2); // the second line has no answer
  }

  @Test
  void everythingWrittenReachesTheOutputUnlessItFails() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StandardOutput output = new StandardOutput(bytes);
    output.write('a');
    output.write(new byte[] {'b', 'c', 'd'}, 1, 2);
    output.flush();
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("acd");
    assertThat(output.failure()).isEqualTo(Optional.empty());
  }
}
