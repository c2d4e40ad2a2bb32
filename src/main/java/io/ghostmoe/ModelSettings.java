package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.NumberType;
import io.ghostmoe.SettingType.TextType;
import java.util.List;

/** The size of the model and how its router is balanced. */
public final class ModelSettings {
  private static final Group GROUP = Group.MODEL;

  /** Width of the model, C; 1 to 65,536, a multiple of {@link #NUM_HEADS}. */
  public static final Setting<Integer> EMBED_DIM =
      Setting.of(GROUP, "embed_dim", new IntegerType(1, 1 << 16), 128, "width of the model");

  /** Transformer layers, L; 1 to 1,024. */
  public static final Setting<Integer> NUM_LAYERS =
      Setting.of(GROUP, "num_layers", new IntegerType(1, 1024), 2, "transformer layers");

  /** Attention heads a layer, H; 1 to 65,536. */
  public static final Setting<Integer> NUM_HEADS =
      Setting.of(GROUP, "num_heads", new IntegerType(1, 1 << 16), 4, "attention heads a layer");

  /** Primary experts a layer, E; 1 to 4,096. */
  public static final Setting<Integer> NUM_EXPERTS =
      Setting.of(GROUP, "num_experts", new IntegerType(1, 4096), 4, "primary experts a layer");

  /** Experts that each token visits, K; 1 to {@link #NUM_EXPERTS}. */
  public static final Setting<Integer> TOP_K =
      Setting.of(GROUP, "top_k", new IntegerType(1, 4096), 2, "experts that each token visits");

  /** Hidden units of an expert, F; 1 to 1,048,576. Absent: 4 × {@link #EMBED_DIM}. */
  public static final Setting<Integer> EXPERT_HIDDEN =
      Setting.open(
          GROUP,
          "expert_hidden",
          new IntegerType(1, 1 << 20),
          "4 × embed_dim",
          "hidden units of an expert");

  /** Probability of dropping an output in training, 0 or more and below 1. */
  public static final Setting<Double> DROPOUT =
      Setting.of(GROUP, "dropout", NumberType.belowOne(), 0.0, "probability of dropping an output");

  /** How far a step moves the bias that evens out the experts' load, in [0, 1]. */
  public static final Setting<Double> BALANCE_RATE =
      Setting.of(
          GROUP,
          "balance_rate",
          NumberType.share(),
          0.01,
          "step of the bias that evens out the experts' load");

  /** Coefficient of the load-balancing loss, 0 or more; no loss that is reported contains it. */
  public static final Setting<Double> AUX_LOSS =
      Setting.of(
          GROUP,
          "aux_loss",
          NumberType.notNegative(),
          0.0,
          "coefficient of the load-balancing loss");

  /** Coefficient of the router's z-loss, 0 or more; no loss that is reported contains it. */
  public static final Setting<Double> Z_LOSS =
      Setting.of(
          GROUP, "z_loss", NumberType.notNegative(), 0.0, "coefficient of the router's z-loss");

  /**
   * Run whose weights to start from, a name in {@link RunSettings#RUNS_DIR} or its folder. The
   * model's settings must be that run's: {@link TrainSettings#layered} takes them from it. Absent:
   * weights drawn at random.
   */
  public static final Setting<String> INIT_FROM =
      Setting.open(
          GROUP,
          "init_from",
          new TextType("RUN", false),
          "weights drawn at random",
          "run whose weights to start from, a name in --runs-dir or its folder; the model's"
              + " settings are that run's");

  /**
   * Which checkpoint of {@link #INIT_FROM} to use: {@code latest}, {@code best} or a step; refused
   * without that run. Absent: {@code latest}.
   */
  public static final Setting<String> INIT_CHECKPOINT =
      Setting.open(
          GROUP,
          "init_checkpoint",
          InspectSettings.CHECKPOINT.type(),
          "latest",
          "which checkpoint of --init-from to use");

  static final List<Setting<?>> ALL =
      List.of(
          EMBED_DIM,
          NUM_LAYERS,
          NUM_HEADS,
          NUM_EXPERTS,
          TOP_K,
          EXPERT_HIDDEN,
          DROPOUT,
          BALANCE_RATE,
          AUX_LOSS,
          Z_LOSS,
          INIT_FROM,
          INIT_CHECKPOINT);

  private ModelSettings() {}
}
