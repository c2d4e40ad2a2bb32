package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Terminal terminal(boolean interactive, boolean colours) {
    return new Terminal(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        interactive,
        colours,
        80);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aBarIsRedrawnOnItsLineAndEndsAtItsLastState() {
    FakeEngine engine = new FakeEngine();
    Cancellation cancellation = new Cancellation();
    new CommandLineApp(engine, terminal(true, false), cancellation)
        .run("train", "--max-steps", "40");
    String[] drawn = out().split("\r\u001b\\[K", -1);
    assertThat(drawn)
        .anyMatch(line -> line.startsWith("100% [================] 40/40  loss 4.5000  lr"));
    assertThat(out().lines().filter(line -> line.matches("step \\d+/40 .*"))).isEmpty();
    assertThat(drawn).allMatch(line -> line.strip().length() < 80 || line.contains("Question"));
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void aLineTakesThePlaceOfTheBar() {
    Terminal terminal = terminal(true, false);
    terminal.redraw("50% [===>  ]");
    terminal.line("note");
    assertThat(out()).isEqualTo("\r\u001b[K50% [===>  ]\r\u001b[Knote" + System.lineSeparator());
  }

  @Test
  void coloursAreWrittenOnlyWhereTheyAreWelcome() {
    terminal(true, true).error("x");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("\u001b[31mx\u001b[0m");
    assertThat(terminal(true, false).bold("x")).isEqualTo("x");
    assertThat(TerminalProbe.wantsColours(Map.of())).isTrue();
    assertThat(TerminalProbe.wantsColours(Map.of("NO_COLOR", ""))).isTrue();
    assertThat(TerminalProbe.wantsColours(Map.of("NO_COLOR", "1"))).isFalse();
  }

  @Test
  void anErrorIsColouredWhereItGoesAndNotWhereResultsGo() {
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(Reader.nullReader());
    for (boolean colours : new boolean[] {true, false}) {
      err.reset();
      Terminal terminal =
          new Terminal(in, new PrintStream(out), stream, new Screen(true, true, true, colours, 80));
      new CommandLineApp(new FakeEngine(), terminal, new Cancellation()).run("trian");
      new CommandLineApp(new FakeEngine(), terminal, new Cancellation()).run();
      assertThat(err.toString(StandardCharsets.UTF_8).contains("\u001b[31mghostmoe: unknown"))
          .isEqualTo(colours);
      assertThat(err.toString(StandardCharsets.UTF_8).contains("\u001b")).isEqualTo(colours);
    }
  }

  @Test
  void aPersonAtATerminalThatCannotRedrawIsAskedAndGetsPlainLines() {
    FakeEngine engine = new FakeEngine();
    engine.rows = List.of(FakeEngine.row("a", "valid", ""));
    Terminal dumb =
        new Terminal(
            new BufferedReader(Reader.nullReader()),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new Screen(true, false, false, false, 80));
    new CommandLineApp(engine, dumb, new Cancellation()).run("train", "--max-steps", "2");
    new CommandLineApp(engine, dumb, new Cancellation()).run("datasets", "clean");
    assertThat(out())
        .contains("step 2/2  loss", "remove the one dataset", "[y/N]", "nothing was removed")
        .doesNotContain("\r", "\u001b");
    assertThat(engine.asked).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, TERM, xterm, true",
    "Linux, TERM, dumb, false",
    "Mac OS X, X, x, true",
    "Windows 11, TERM, xterm, false",
    "Windows 11, WT_SESSION, 5c7, true",
    "Windows 11, ConEmuANSI, ON, true",
    "Windows 11, ConEmuANSI, OFF, false",
  })
  void someTerminalsShowEscapeSequencesAsTheyAre(
      String system, String variable, String value, boolean expected) {
    assertThat(TerminalProbe.understandsEscapes(system, Map.of(variable, value)))
        .isEqualTo(expected);
  }

  @Test
  void generatedTextCannotSteerATerminalButReachesAFileAsItIs() {
    FakeEngine engine = new FakeEngine();
    engine.generatedText = "a\u001b[2J\n";
    new CommandLineApp(engine, terminal(true, false), new Cancellation())
        .run("generate", "--quiet");
    assertThat(out()).contains("a?[2J\n").doesNotContain("\u001b[2J");
    out.reset();
    new CommandLineApp(engine, terminal(false, false), new Cancellation())
        .run("generate", "--quiet");
    assertThat(out()).startsWith("a\u001b[2J\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0; 10; ''; 60; '  0% [>                             ] 0/10'",
        "5; 10; ''; 60; ' 50% [===============>              ] 5/10'",
        "10; 10; ''; 60; '100% [==============================] 10/10'",
        "12; 10; ''; 60; '100% [==============================] 12/10'",
        "5; 10; loss 1; 40; ' 50% [==========>         ] 5/10  loss 1'",
        "5; 10; a message that is too long; 30; ' 50% [====>   ] 5/10  a messag'",
        "7; -1; reading; 60; '7  reading'",
      })
  void theBarFillsTheLineAndNoMore(
      long done, long total, String message, int width, String expected) {
    assertThat(Bar.render(done, total, message, width, Long::toString)).isEqualTo(expected);
  }

  @Test
  void widthComesFromTheEnvironmentWhereItIsSet() {
    assertThat(TerminalProbe.width(Map.of("COLUMNS", "132"))).isEqualTo(132);
    assertThat(TerminalProbe.width(Map.of("COLUMNS", "3"))).isEqualTo(20);
    assertThat(TerminalProbe.width(Map.of("COLUMNS", "x"))).isBetween(20, 1000);
  }

  @Test
  void aTableIsAlignedAndSaysWhatIsWrong() {
    List<String> lines =
        DatasetTable.lines(
            List.of(
                FakeEngine.row("local_gsm8k_gpt2_256", "valid", ""),
                FakeEngine.row("x\u001b", "invalid", "train.tokens is cut off")),
            ZoneId.of("UTC"));
    assertThat(lines)
        .containsExactly(
            "NAME                  STATUS     SAMPLES     TOKENS     SIZE  CREATED",
            "local_gsm8k_gpt2_256  valid    7473+1319  1,369,119  2.7 MiB  2026-02-03 04:05",
            "x?                    invalid          -          -  2.7 MiB  -",
            "  train.tokens is cut off");
  }

  @Test
  void oneOfSomethingIsNotSeveral() {
    assertThat(Formats.count(1, "step")).isEqualTo("1 step");
    assertThat(Formats.count(0, "step")).isEqualTo("0 steps");
    assertThat(Formats.count(2000, "batch", "batches")).isEqualTo("2,000 batches");
    FakeEngine engine = new FakeEngine();
    Terminal terminal = terminal(false, false);
    new CommandLineApp(engine, terminal, new Cancellation()).run("train", "--max-steps", "1");
    new CommandLineApp(engine, terminal, new Cancellation()).run("generate", "--max-tokens", "1");
    assertThat(out()).contains("done after 1 step and 1,000 tokens", "(a-1: 1 token, ");
  }

  @ParameterizedTest
  @CsvSource({"0, 0:00", "7.4, 0:07", "59.6, 1:00", "754, 12:34", "3723, 1:02:03", "-1, 0:00"})
  void durationsAreReadable(double seconds, String expected) {
    assertThat(Formats.duration(seconds)).isEqualTo(expected);
  }
}
