package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.ChoiceType;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.NumberType;
import io.ghostmoe.SettingType.PatternType;
import java.util.List;
import java.util.regex.Pattern;

/** When spare experts wake, and how they are taken in. */
public final class GhostSettings {
  private static final Group GROUP = Group.GHOSTS;

  /** Spare experts a layer, G, besides the primary ones; 0 to 4,096. */
  public static final Setting<Integer> NUM_GHOST_EXPERTS =
      Setting.of(GROUP, "num_ghost_experts", new IntegerType(0, 4096), 0, "spare experts a layer");

  /**
   * What wakes a ghost: {@code plateau}, {@code orthogonality}, {@code random}, {@code never}, or
   * {@code step:N[,N...]}, which counts steps from 1; {@link io.ghostmoe.moe.ghost.GhostTrigger}
   * says what each means.
   */
  public static final Setting<String> GHOST_TRIGGER =
      Setting.of(
          GROUP,
          "ghost_trigger",
          new PatternType(
              "TRIGGER",
              Pattern.compile(
                  "plateau|orthogonality|random|never|step:[1-9]\\d{0,8}(,[1-9]\\d{0,8})*"),
              "plateau, orthogonality, random, never or step:N[,N...]",
              List.of("plateau", "orthogonality", "random", "never")),
          "plateau",
          "what wakes a ghost: plateau, orthogonality, random, never or step:N[,N...]");

  /**
   * Saturation of a layer that wakes a ghost, in [0, 1], for the triggers that measure it. Absent:
   * 0.75, with {@code orthogonality} 0.95.
   */
  public static final Setting<Double> GHOST_ACTIVATION_THRESHOLD =
      Setting.open(
          GROUP,
          "ghost_activation_threshold",
          NumberType.share(),
          "0.75; 0.95 with orthogonality",
          "saturation that wakes a ghost");

  /**
   * How a woken ghost's activation rises to 1: {@code gradual}, {@code binary} or {@code
   * selective}; a {@link io.ghostmoe.moe.ghost.GhostConfig.Schedule}.
   */
  public static final Setting<String> GHOST_ACTIVATION_SCHEDULE =
      Setting.of(
          GROUP,
          "ghost_activation_schedule",
          new ChoiceType(List.of("gradual", "binary", "selective")),
          "gradual",
          "how a woken ghost's activation rises to 1");

  /** Steps from waking to activation 1, 1 or more. Absent: an eighth of the run, from 10 to 100. */
  public static final Setting<Integer> GHOST_RAMP_STEPS =
      Setting.open(
          GROUP,
          "ghost_ramp_steps",
          new IntegerType(1, Integer.MAX_VALUE),
          "an eighth of the run, from 10 to 100",
          "steps from waking to activation 1");

  /**
   * How a ghost's learning rate follows the primaries': {@code rewarm}, {@code inverse} or {@code
   * complementary}; a {@link io.ghostmoe.moe.ghost.GhostConfig.Coupling}.
   */
  public static final Setting<String> GHOST_LR_COUPLING =
      Setting.of(
          GROUP,
          "ghost_lr_coupling",
          new ChoiceType(List.of("rewarm", "inverse", "complementary")),
          "rewarm",
          "how a ghost's learning rate follows the primaries'");

  /**
   * Highest learning rate of a ghost, 0 or more. Absent: {@link
   * OptimizationSettings#LEARNING_RATE}.
   */
  public static final Setting<Double> GHOST_LEARNING_RATE =
      Setting.open(
          GROUP,
          "ghost_learning_rate",
          NumberType.notNegative(),
          "learning_rate",
          "highest learning rate of a ghost");

  /**
   * Weights of a woken ghost: from the most useful primary, {@code clone}, or drawn anew, {@code
   * fresh}; a {@link io.ghostmoe.moe.ghost.GhostConfig.Init}.
   */
  public static final Setting<String> GHOST_INIT =
      Setting.of(
          GROUP,
          "ghost_init",
          new ChoiceType(List.of("clone", "fresh")),
          "clone",
          "weights of a woken ghost: from the most useful primary, or drawn anew");

  /**
   * Steps over which saturation is measured, 1 or more; it wakes nobody before two windows and the
   * warm-up are over. Absent: a twelfth of the run, from 10 to 1,000.
   */
  public static final Setting<Integer> SATURATION_MONITORING_WINDOW =
      Setting.open(
          GROUP,
          "saturation_monitoring_window",
          new IntegerType(1, Integer.MAX_VALUE),
          "a twelfth of the run, from 10 to 1000",
          "steps over which saturation is measured");

  /**
   * Steps between two wakes of a layer that stays saturated, 0 or more. Absent: twice {@link
   * #SATURATION_MONITORING_WINDOW}.
   */
  public static final Setting<Integer> WAKE_COOLDOWN_STEPS =
      Setting.open(
          GROUP,
          "wake_cooldown_steps",
          new IntegerType(0, Integer.MAX_VALUE),
          "2 × saturation_monitoring_window",
          "steps between two wakes of a layer");

  static final List<Setting<?>> ALL =
      List.of(
          NUM_GHOST_EXPERTS,
          GHOST_TRIGGER,
          GHOST_ACTIVATION_THRESHOLD,
          GHOST_ACTIVATION_SCHEDULE,
          GHOST_RAMP_STEPS,
          GHOST_LR_COUPLING,
          GHOST_LEARNING_RATE,
          GHOST_INIT,
          SATURATION_MONITORING_WINDOW,
          WAKE_COOLDOWN_STEPS);

  private GhostSettings() {}
}
