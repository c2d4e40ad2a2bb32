package io.ghostmoe.cli;

import io.ghostmoe.Setting;
import io.ghostmoe.SettingTable;
import io.ghostmoe.SettingType.SwitchType;
import io.ghostmoe.SettingValues;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParseResult;

/** The flags of a command, made from its table of settings. */
final class SettingOptions {
  private final SettingTable table;

  SettingOptions(SettingTable table) {
    this.table = table;
  }

  /**
   * Adds a flag for every setting, and a help that lists them under the headings of their groups.
   */
  void addTo(CommandSpec command) {
    table.all().forEach(setting -> command.addOption(option(setting)));
    Map<String, IHelpSectionRenderer> sections = new HashMap<>(command.usageMessage().sectionMap());
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, this::optionList);
    command.usageMessage().abbreviateSynopsis(true).sectionMap(sections);
  }

  private static OptionSpec option(Setting<?> setting) {
    boolean isSwitch = setting.type() instanceof SwitchType;
    String absence = setting.absence().isEmpty() ? "empty" : setting.absence();
    String otherwise = isSwitch ? "" : " (default: " + absence + ")";
    OptionSpec.Builder option =
        OptionSpec.builder(setting.flag())
            .type(isFile(setting) ? Path.class : String.class) // for the completion
            .converters(text -> text) // the setting itself parses, here as in a file
            .arity(isSwitch ? "0..1" : "1")
            .paramLabel(setting.type().label())
            .description((setting.description() + otherwise).replace("%", "%%"));
    if (!setting.type().words().isEmpty()) {
      option.completionCandidates(setting.type().words());
    }
    return (isSwitch ? option.fallbackValue("true") : option).build();
  }

  private static boolean isFile(Setting<?> setting) {
    String label = setting.type().label();
    return label.contains("FILE") || label.contains("DIR");
  }

  private String optionList(Help help) {
    StringBuilder list = new StringBuilder();
    List<OptionSpec> all = help.commandSpec().options();
    list.append(layout(help, all.stream().filter(option -> find(option) == null).toList()));
    for (Setting.Group group : Setting.Group.values()) {
      List<OptionSpec> options = all.stream().filter(option -> isIn(group, option)).toList();
      if (!options.isEmpty()) {
        list.append("%n%s%n".formatted(group.title())).append(layout(help, options));
      }
    }
    return list.toString();
  }

  private static String layout(Help help, List<OptionSpec> options) {
    Help.Layout layout = help.createDefaultLayout();
    layout.addOptions(options, help.parameterLabelRenderer());
    return layout.toString();
  }

  private boolean isIn(Setting.Group group, OptionSpec option) {
    @Nullable Setting<?> setting = find(option);
    return setting != null && setting.group() == group;
  }

  private @Nullable Setting<?> find(OptionSpec option) {
    for (Setting<?> setting : table.all()) {
      if (setting.flag().equals(option.longestName())) {
        return setting;
      }
    }
    return null;
  }

  /** What was typed. */
  SettingValues values(ParseResult parsed) {
    SettingValues values = SettingValues.NONE;
    for (Setting<?> setting : table.all()) {
      @Nullable OptionSpec option = parsed.matchedOption(setting.flag());
      if (option != null) {
        String text = option.getValue();
        values = values.withText(setting, text);
      }
    }
    return values;
  }
}
