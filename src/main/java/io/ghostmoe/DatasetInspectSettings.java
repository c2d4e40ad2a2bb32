package io.ghostmoe;

import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.TextType;
import java.util.List;

/**
 * The settings of {@code datasets inspect}.
 *
 * @param name of a prepared dataset, where several share it with {@code /} and the beginning of a
 *     fingerprint
 * @param values of {@link #TABLE}, complete
 */
public record DatasetInspectSettings(String name, SettingValues values) implements CommandSettings {
  /** Documents of each split to decode, 0 to 1,000; fewer where there are fewer. */
  public static final Setting<Integer> SAMPLES =
      Setting.of(
          Setting.Group.DATA,
          "samples",
          new IntegerType(0, 1000),
          2,
          "documents of each split to decode");

  /**
   * Path of the {@code tokenizer.json} with which the dataset was made. Absent: the built-in one
   * that made it.
   */
  public static final Setting<String> TOKENIZER =
      Setting.open(
          Setting.Group.DATA,
          "tokenizer",
          new TextType("FILE", false),
          "the built-in one that made the dataset",
          "tokenizer.json with which it was made");

  /** All settings of {@code datasets inspect}. */
  public static final SettingTable TABLE =
      new SettingTable(List.of(SAMPLES, TOKENIZER, DataSettings.CACHE_DIR));

  /** Completes the values with the defaults. */
  public DatasetInspectSettings {
    values = values.complete(TABLE);
  }

  /**
   * {@return a builder with every default}
   *
   * @param name of a prepared dataset, as in {@link #name}
   */
  public static SettingsBuilder<DatasetInspectSettings> builder(String name) {
    return new SettingsBuilder<>(
        TABLE, SettingValues.NONE, values -> new DatasetInspectSettings(name, values));
  }

  @Override
  public SettingTable table() {
    return TABLE;
  }
}
