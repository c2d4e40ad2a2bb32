package io.ghostmoe;

import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.TextType;
import java.util.List;
import java.util.Optional;

/**
 * The settings of {@code datasets inspect}.
 *
 * @param name of a prepared dataset, where several share it with {@code /} and the beginning of a
 *     fingerprint
 * @param values of {@link #TABLE}, complete
 */
public record DatasetInspectSettings(String name, SettingValues values) {
  public static final Setting<Integer> SAMPLES =
      Setting.of(
          Setting.Group.DATA,
          "samples",
          new IntegerType(0, 1000),
          2,
          "documents of each split to decode");

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

  public DatasetInspectSettings {
    values = values.complete(TABLE);
  }

  /** The value of a setting; empty where it is absent. */
  public <T> Optional<T> find(Setting<T> setting) {
    if (!TABLE.contains(setting)) {
      throw new IllegalArgumentException(setting + " is no setting of datasets inspect");
    }
    return values.find(setting);
  }

  /**
   * The value of a setting that has one.
   *
   * @throws IllegalStateException where it is absent
   */
  public <T> T get(Setting<T> setting) {
    return find(setting).orElseThrow(() -> new IllegalStateException(setting + " is absent"));
  }
}
