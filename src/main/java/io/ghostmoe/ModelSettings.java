package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.NumberType;
import io.ghostmoe.SettingType.TextType;
import java.util.List;

/** The size of the model and how its router is balanced. */
public final class ModelSettings {
  private static final Group GROUP = Group.MODEL;

  public static final Setting<Integer> EMBED_DIM =
      Setting.of(GROUP, "embed_dim", new IntegerType(1, 1 << 16), 128, "width of the model");

  public static final Setting<Integer> NUM_LAYERS =
      Setting.of(GROUP, "num_layers", new IntegerType(1, 1024), 2, "transformer layers");

  public static final Setting<Integer> NUM_HEADS =
      Setting.of(GROUP, "num_heads", new IntegerType(1, 1 << 16), 4, "attention heads a layer");

  public static final Setting<Integer> NUM_EXPERTS =
      Setting.of(GROUP, "num_experts", new IntegerType(1, 4096), 4, "primary experts a layer");

  public static final Setting<Integer> TOP_K =
      Setting.of(GROUP, "top_k", new IntegerType(1, 4096), 2, "experts that each token visits");

  public static final Setting<Integer> EXPERT_HIDDEN =
      Setting.open(
          GROUP,
          "expert_hidden",
          new IntegerType(1, 1 << 20),
          "4 × embed_dim",
          "hidden units of an expert");

  public static final Setting<Double> DROPOUT =
      Setting.of(GROUP, "dropout", NumberType.belowOne(), 0.0, "probability of dropping an output");

  public static final Setting<Double> BALANCE_RATE =
      Setting.of(
          GROUP,
          "balance_rate",
          NumberType.share(),
          0.01,
          "step of the bias that evens out the experts' load");

  public static final Setting<Double> AUX_LOSS =
      Setting.of(
          GROUP,
          "aux_loss",
          NumberType.notNegative(),
          0.0,
          "coefficient of the load-balancing loss");

  public static final Setting<Double> Z_LOSS =
      Setting.of(
          GROUP, "z_loss", NumberType.notNegative(), 0.0, "coefficient of the router's z-loss");

  /** {@link TrainSettings#layered} takes the model's settings from that run. */
  public static final Setting<String> INIT_FROM =
      Setting.open(
          GROUP,
          "init_from",
          new TextType("RUN", false),
          "weights drawn at random",
          "run whose weights to start from, a name in --runs-dir or its folder; the model's"
              + " settings are that run's");

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
