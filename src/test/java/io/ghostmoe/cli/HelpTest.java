package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.DataSettings;
import io.ghostmoe.DatasetInspectSettings;
import io.ghostmoe.DoctorSettings;
import io.ghostmoe.EstimateSettings;
import io.ghostmoe.EvalSettings;
import io.ghostmoe.GenerateSettings;
import io.ghostmoe.InspectSettings;
import io.ghostmoe.PrepareSettings;
import io.ghostmoe.Setting;
import io.ghostmoe.SettingTable;
import io.ghostmoe.SettingType.SwitchType;
import io.ghostmoe.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --help} says, in a pipe and on terminals of several widths. */
class HelpTest {
  private static final int WIDEST = 100;
  private static final SettingTable CACHE_DIR = SettingTable.of(DataSettings.CACHE_DIR);
  private static final Map<String, SettingTable> SETTINGS =
      Map.ofEntries(
          Map.entry("estimate", EstimateSettings.TABLE),
          Map.entry("train", TrainSettings.TABLE),
          Map.entry("prepare", PrepareSettings.TABLE),
          Map.entry("eval", EvalSettings.TABLE),
          Map.entry("generate", GenerateSettings.TABLE),
          Map.entry("inspect", InspectSettings.TABLE),
          Map.entry("doctor", DoctorSettings.TABLE),
          Map.entry("datasets estimate", PrepareSettings.TABLE),
          Map.entry("datasets list", CACHE_DIR),
          Map.entry("datasets inspect", DatasetInspectSettings.TABLE),
          Map.entry("datasets verify", CACHE_DIR),
          Map.entry("datasets remove", CACHE_DIR),
          Map.entry("datasets clean", CACHE_DIR));
  private static final List<String> WITHOUT_SETTINGS = List.of("", "datasets", "completion");
  private static final List<String> COMMANDS = find();

  private final Program program = new Program(new FakeEngine());

  private static Program.Result help(Program program, String command) {
    return program.run((command + " --help").strip().split(" "));
  }

  /** Every command by its words, the program itself first. */
  static Stream<String> commands() {
    return COMMANDS.stream();
  }

  private static List<String> find() {
    List<String> found = new ArrayList<>(List.of(""));
    for (int index = 0; index < found.size(); index++) {
      String command = found.get(index);
      String help = help(new Program(new FakeEngine()), command).out();
      Matcher listed =
          Pattern.compile("^  ([a-z]+)  ", Pattern.MULTILINE)
              .matcher(help.substring(Math.max(0, help.indexOf("Commands:"))));
      while (help.contains("Commands:") && listed.find()) {
        found.add((command + " " + listed.group(1)).strip());
      }
    }
    return List.copyOf(found);
  }

  @Test
  void theHelpLeadsToEveryCommand() {
    assertThat(commands())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(SETTINGS.keySet().stream(), WITHOUT_SETTINGS.stream()).toList());
  }

  @ParameterizedTest(name = "ghostmoe {0} --help")
  @MethodSource("commands")
  void everyHelpGoesToStandardOutputInLinesOf100Columns(String command) {
    Program.Result help = help(program, command);
    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .startsWith("Usage: " + ("ghostmoe " + command).strip() + " [")
        .endsWith(System.lineSeparator())
        .doesNotContain("\u001b", "\t");
    assertThat(help.out().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(WIDEST))
        .noneMatch(line -> line.endsWith(" "));
  }

  @ParameterizedTest(name = "{0} columns")
  @ValueSource(ints = {20, 60, 80, 100, 237})
  void onATerminalTheHelpKeepsWithinItsWidth(int width) {
    int expected = Math.clamp(width, 55, WIDEST); // a description needs some room
    for (String command : COMMANDS) {
      Program.Result help = help(new Program(new FakeEngine(), true, false, width), command);
      assertThat(help.out().lines().skip(1)) // picocli does not break the first line
          .as(command)
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(expected));
    }
  }

  @Test
  void coloursAreForTerminalsThatWelcomeThem() {
    assertThat(help(new Program(new FakeEngine(), true, true, 80), "train").out())
        .contains("\u001b[33m--embed-dim");
    assertThat(help(new Program(new FakeEngine(), true, false, 80), "train").out())
        .doesNotContain("\u001b");
  }

  @ParameterizedTest(name = "ghostmoe {0} --help")
  @MethodSource("commands")
  void everySettingHasItsDefaultOrWhatItsAbsenceMeans(String command) {
    String help = help(program, command).out();
    for (Setting<?> setting : SETTINGS.getOrDefault(command, SettingTable.of()).all()) {
      String text = describes(help, setting);
      assertThat(text).contains(setting.description().replaceAll("\\s+", ""));
      if (!(setting.type() instanceof SwitchType)) {
        String absence = setting.absence().isEmpty() ? "empty" : setting.absence();
        assertThat(text).endsWith("(default: %s)".formatted(absence).replaceAll("\\s+", ""));
      }
    }
  }

  /** The text behind a flag, up to the next flag or heading, without any space. */
  private static String describes(String help, Setting<?> setting) {
    String[] parts = help.split("\\R +(?=--)|\\R\\R");
    return Arrays.stream(parts)
        .map(part -> part.replaceAll("\\s+", ""))
        .filter(part -> part.matches(Pattern.quote(setting.flag()) + "(?![a-z-]).*"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(setting.flag() + " is not in the help"));
  }

  @Test
  void aCommandIsListedWithASentenceThatEnds() {
    for (String command : List.of("", "datasets")) {
      String help = help(program, command).out();
      String[] listed = help.substring(help.indexOf("Commands:")).split("\\R  (?=[a-z])");
      assertThat(Arrays.stream(listed).skip(1))
          .hasSizeGreaterThan(4)
          .allSatisfy(line -> assertThat(line.strip()).endsWith("."));
    }
  }

  @Test
  void theSameFlagHasTheSameHelpEverywhere() {
    assertThat(commands())
        .allSatisfy(
            command ->
                assertThat(help(program, command).out())
                    .containsPattern("-h, --help +show this help and end\\R"));
  }

  @Test
  void theVersionIsTwoLines() {
    for (String flag : List.of("--version", "-V")) {
      Program.Result version = program.run(flag);
      assertThat(version.code()).isZero();
      assertThat(version.err()).isEmpty();
      assertThat(version.out())
          .matches("GhostMoE \\S.*\\RJava \\d+.*, .+\\R")
          .contains(System.getProperty("java.version"));
    }
  }
}
