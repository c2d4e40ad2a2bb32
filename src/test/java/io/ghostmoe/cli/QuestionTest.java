package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.Removal;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(60)
class QuestionTest {
  private final FakeEngine engine = new FakeEngine();
  private final Cancellation cancellation = new Cancellation();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Terminal terminal(Reader input) {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new Terminal(new BufferedReader(input), stream, stream, true, false, 80);
  }

  private int clean(String typed, String... words) {
    out.reset();
    Terminal terminal = terminal(Reader.of(typed));
    return new CommandLine(new DatasetsCleanCommand(engine, terminal, cancellation).spec())
        .execute(words);
  }

  @ParameterizedTest
  @CsvSource({"'y\n',1", "' YES \n',1", "'n\n',0", "'\n',0", "'',0", "'yesterday\n',0"})
  void onATerminalEverythingIsRemovedOnlyAfterAYes(String typed, int removals) {
    engine.rows = List.of(FakeEngine.row("a", "valid", ""), FakeEngine.row("b", "valid", ""));
    engine.removal = new Removal(List.of(FakeEngine.entry("a", "1", 1)), List.of(), List.of());
    assertThat(clean(typed)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("remove all 2 datasets, 5.3 MiB, from data-preprocessed? [y/N] ")
        .contains(removals == 1 ? "removed a/1" : "nothing was removed");
    assertThat(engine.asked).hasSize(removals);
  }

  @ParameterizedTest
  @CsvSource({"--yes", "--invalid", "--json", "--quiet"})
  void nobodyIsAskedWhereItWasSaidAlready(String flag) {
    engine.rows = List.of(FakeEngine.row("a", "valid", ""));
    assertThat(clean("n\n", flag)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("?");
    assertThat(engine.asked).hasSize(1);
  }

  @Test
  void nobodyIsAskedAboutNothing() {
    assertThat(clean("n\n")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("nothing to remove in");
  }

  @Test
  void anInterruptionEndsTheWaitForAnAnswer() throws IOException {
    try (PipedWriter silent = new PipedWriter();
        PipedReader reader = new PipedReader(silent)) {
      Question question = new Question(terminal(reader), cancellation);
      cancellation.request();
      assertThatThrownBy(() -> question.yes("sure?")).isInstanceOf(CancellationException.class);
    }
  }

  @Test
  void anInputThatCannotBeReadIsTheUsersToMend() {
    Reader broken =
        new Reader() {
          @Override
          public int read(char[] buffer, int offset, int length) throws IOException {
            throw new IOException("Input/output error");
          }

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> new Question(terminal(broken), cancellation).yes("sure?"))
        .isInstanceOf(UserException.class)
        .hasMessage("the input cannot be read: Input/output error");
  }
}
