package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The completion script, driven as bash drives it when somebody presses TAB. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no bash to complete in")
class CompletionTest {
  /** What bash does: it sets these variables and calls the function named with complete -F. */
  private static final String PRESS_TAB =
      """
      compopt() { :; } # works only while somebody types
      source "$1"
      shift
      COMP_WORDS=("$@")
      COMP_CWORD=$(($# - 1))
      set -- $(complete -p ghostmoe)
      while [ "$1" != -F ]; do shift; done
      "$2" ghostmoe "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  /** Around an equals sign bash breaks a word. */
  private static final Pattern BREAKS = Pattern.compile("(?<==)|(?==)");

  @TempDir Path folder;
  private Path script;

  @BeforeEach
  void writeTheScript() throws IOException {
    Program.Result completion = new Program(new FakeEngine()).run("completion");
    assertThat(completion.code()).isZero();
    assertThat(completion.err()).isEmpty();
    script = Files.writeString(folder.resolve("ghostmoe-completion"), completion.out());
  }

  private String run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** What TAB offers behind these words, of which the last is being typed. */
  private List<String> complete(List<String> words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", "--norc", "-c", PRESS_TAB, "bash"));
    command.add(script.toString());
    command.addAll(words);
    return run(command.toArray(String[]::new)).lines().filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void bashFindsNothingWrongInIt() throws Exception {
    assertThat(run("bash", "-n", script.toString())).isEmpty();
    assertThat(run("bash", "--norc", "-euc", "source \"$1\"", "bash", script.toString())).isEmpty();
  }

  @Test
  void zshFindsNothingWrongInIt() throws Exception {
    boolean hasZsh =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(bin -> Files.isExecutable(Path.of(bin, "zsh")));
    assumeTrue(hasZsh, "there is no zsh on PATH");
    assertThat(run("zsh", "-n", script.toString())).isEmpty();
    assertThat(
            run(
                "zsh",
                "-f",
                "-c",
                "autoload -U compinit && compinit -D -u; . $1",
                "zsh",
                "" + script))
        .isEmpty();
  }

  @ParameterizedTest(name = "ghostmoe {0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "tr | train",
        "da | datasets",
        "datasets ver | verify",
        "datasets li | list",
        "train --sched | --schedule",
        "train --max-steps 3 --sched | --schedule",
        "datasets list --js | --json",
        "train --schedule co | cosine constant",
        "train --schedule=co | cosine constant",
        "train --schedule= | cosine constant wsd",
        "train --max-steps=3 --schedule=w | wsd",
        "train --resume | --resume",
        "train --resume=t | true",
        "generate --checkpoint b | best",
        "estimate --ghost-trigger pl | plateau",
        "train --config ex | exercises.jsonl",
        "train --dataset ex | exercises.jsonl",
        "train --dataset=ex | exercises.jsonl",
        "train --cache-dir ca | cache",
        "train --max-steps '' | ''",
        "train --max-steps 1 | ''",
        "datasets remove lo | ''",
      })
  void tabCompletesCommandsFlagsAndTheirValues(String typed, String expected) throws Exception {
    Files.writeString(folder.resolve("exercises.jsonl"), "");
    Files.createDirectory(folder.resolve("cache"));
    List<String> words = new ArrayList<>(List.of("ghostmoe"));
    for (String word : typed.split(" ", -1)) {
      BREAKS.splitAsStream(word.replace("''", "")).forEach(words::add);
    }
    assertThat(complete(words))
        .containsExactlyElementsOf(expected.isEmpty() ? List.of() : List.of(expected.split(" ")));
  }

  @Test
  void withNothingTypedEveryCommandIsOffered() throws Exception {
    assertThat(complete(List.of("ghostmoe", "")))
        .containsExactlyElementsOf(
            HelpTest.commands().filter(name -> !name.isEmpty() && !name.contains(" ")).toList());
    assertThat(complete(List.of("ghostmoe", "datasets", "")))
        .containsExactly("estimate", "list", "inspect", "verify", "remove", "clean");
  }
}
