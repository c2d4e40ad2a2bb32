package io.ghostmoe;

import io.ghostmoe.base.Sha256;
import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.train.RunFolder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of a training run, checked against each other.
 *
 * <p>Settings that depend on the data are absent until {@link #resolve} has worked them out: {@link
 * #find} tells, {@link #get} demands. Each is declared once, in {@link DataSettings}, {@link
 * ModelSettings}, {@link GhostSettings}, {@link OptimizationSettings} and {@link RunSettings}; JSON
 * keys, flags, bounds and help all come from there.
 */
public final class TrainSettings implements CommandSettings {
  /** All settings of {@code train}. */
  public static final SettingTable TABLE =
      new SettingTable(
          DataSettings.ALL,
          ModelSettings.ALL,
          GhostSettings.ALL,
          OptimizationSettings.ALL,
          RunSettings.ALL);

  private final SettingValues values;

  private TrainSettings(SettingValues values) {
    this.values = values.complete(TABLE);
    DataSettingsCheck.check(this.values);
    TrainSettingsCheck.check(this.values);
  }

  /**
   * Settings from layers, lowest first, over the defaults.
   *
   * @throws UserException naming the flag, the value and the remedy
   */
  static TrainSettings of(SettingValues... layers) {
    SettingValues values = SettingValues.NONE;
    for (SettingValues layer : layers) {
      values = layer.over(values);
    }
    return new TrainSettings(values);
  }

  /**
   * Settings as the command line takes them: defaults, below the preset {@code quickstart} if
   * neither a dataset nor a file is given, below the file, below the flags. With {@code resume} the
   * run's own settings take the place of the preset and the defaults; with {@code init_from} the
   * model's settings are those of the run that is named.
   *
   * @param file a configuration file; empty for none
   * @param flags what lies over it
   * @return the settings, checked against each other
   * @throws UserException naming the flag or file, the value and the remedy
   */
  public static TrainSettings layered(Optional<Path> file, SettingValues flags) {
    SettingValues given = file.map(path -> flags.over(readJson(path))).orElse(flags);
    if (given.find(RunSettings.RESUME).orElse(false)) {
      return resumed(saved(given), given);
    }
    SettingValues preset =
        file.isPresent() || flags.sets(DataSettings.DATASET)
            ? SettingValues.NONE
            : Presets.quickstart();
    return given.find(ModelSettings.INIT_FROM).isPresent()
        ? of(InitialWeights.layers(preset, given))
        : of(preset, given);
  }

  private static TrainSettings saved(SettingValues given) {
    String name =
        given
            .find(RunSettings.RUN)
            .orElseThrow(
                () -> UserException.input("--resume needs the run's name: pass --run NAME"));
    Path runsDir =
        given.find(RunSettings.RUNS_DIR).or(RunSettings.RUNS_DIR::defaultValue).orElseThrow();
    RunFolder run = new RunFolder(runsDir, name);
    run.requireExisting();
    return of(readJson(run.config()));
  }

  /**
   * {@return the layer in a configuration file, such as a run's {@code config.json}}
   *
   * @param file one JSON object, in which comments are allowed
   * @throws UserException naming the file, and the key with the nearest known one, or the value
   *     that does not fit
   */
  public static SettingValues readJson(Path file) {
    return SettingsJson.read(file, TABLE);
  }

  /** {@return a builder with every default} */
  public static SettingsBuilder<TrainSettings> builder() {
    return new SettingsBuilder<>(TABLE, SettingValues.NONE, TrainSettings::new);
  }

  /** {@return a builder that starts from these settings} */
  public SettingsBuilder<TrainSettings> toBuilder() {
    return new SettingsBuilder<>(TABLE, values, TrainSettings::new);
  }

  @Override
  public SettingTable table() {
    return TABLE;
  }

  @Override
  public SettingValues values() {
    return values;
  }

  /** {@return the settings of the data alone} */
  public PrepareSettings prepare() {
    return PrepareSettings.of(values);
  }

  /**
   * {@return the same settings with everything worked out that depends on the length of the run}
   *
   * @param batchesPerEpoch micro-batches in one pass over the training data
   * @throws UserException where the data give no batch, or a given setting does not fit the length
   */
  public TrainSettings resolve(long batchesPerEpoch) {
    return new TrainSettings(AutoSettings.resolve(values, batchesPerEpoch));
  }

  /**
   * The settings with which a run goes on.
   *
   * @param saved as the run resolved them when it was started; what it was told to overwrite or to
   *     trace does not go on
   * @param changes what the user sets now
   * @throws UserException where a change would alter the mathematics
   */
  static TrainSettings resumed(TrainSettings saved, SettingValues changes) {
    for (Setting<?> setting : changes.settings()) {
      if (setting.changesMathematics()
          && !changes.find(setting).equals(saved.find(setting))
          && changes.find(setting).isPresent()) {
        throw UserException.input(
            "%s %s differs from the run's %s and would change its mathematics: leave it out, or start another run with --run NAME"
                .formatted(
                    setting.flag(),
                    changes.find(setting).get(),
                    saved.find(setting).map(Object::toString).orElse("absence")));
      }
    }
    SettingValues kept =
        saved.values.with(RunSettings.OVERWRITE, false).withAuto(RunSettings.TRACE);
    for (Setting<?> setting : changes.settings()) {
      if (!setting.changesMathematics()) {
        kept = kept.plus(setting, changes.find(setting));
      }
    }
    return new TrainSettings(kept);
  }

  /** These settings as changes to a run's own. */
  TrainSettings goingOnWith(TrainSettings saved) {
    return resumed(saved, values);
  }

  /**
   * Hash of what the run's numbers depend on. Values that are the default are left out, so that a
   * setting that comes later changes no earlier run's.
   */
  String fingerprint() {
    SettingValues fixed = SettingValues.NONE;
    for (Setting<?> setting : values.settings()) {
      if (setting.changesMathematics() && !values.find(setting).equals(setting.defaultValue())) {
        fixed = fixed.plus(setting, values.find(setting));
      }
    }
    return Sha256.of(SettingsJson.write(fixed).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Demands that these are the settings with which a checkpoint was saved.
   *
   * @param config the file that they come from
   * @throws UserException where they are not
   */
  void requireThoseOf(TrainState state, Path config) {
    if (state.settings() != null && !state.settings().equals(fingerprint())) {
      throw UserException.input(
          "%s is not what it was when the checkpoint of step %d was saved: bring the old content back, or start another run with --run NAME."
              .formatted(config, state.step()));
    }
  }

  /** {@return every setting as flat JSON over several lines, what {@code config.json} holds} */
  public String toJson() {
    return SettingsJson.write(values);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TrainSettings that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
