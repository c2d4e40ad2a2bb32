package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.ChoiceType;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.NumberType;
import java.util.List;

/** How long and how fast the model learns. */
public final class OptimizationSettings {
  private static final Group GROUP = Group.OPTIMIZATION;

  public static final Setting<Integer> BATCH_SIZE =
      Setting.of(GROUP, "batch_size", new IntegerType(1, 1 << 20), 8, "rows in one micro-batch");

  public static final Setting<Integer> GRAD_ACCUMULATION =
      Setting.of(
          GROUP, "grad_accumulation", new IntegerType(1, 1 << 20), 1, "micro-batches a step");

  public static final Setting<Integer> EPOCHS =
      Setting.of(GROUP, "epochs", new IntegerType(1, 1 << 20), 1, "passes over the data");

  public static final Setting<Integer> MAX_STEPS =
      Setting.open(
          GROUP,
          "max_steps",
          new IntegerType(1, Integer.MAX_VALUE),
          "as epochs says",
          "optimizer steps");

  public static final Setting<Double> LEARNING_RATE =
      Setting.of(GROUP, "learning_rate", NumberType.positive(), 1e-3, "highest learning rate");

  public static final Setting<Double> MIN_LEARNING_RATE =
      Setting.open(
          GROUP,
          "min_learning_rate",
          NumberType.notNegative(),
          "0.1 × learning_rate",
          "learning rate at the end");

  public static final Setting<Integer> WARMUP_STEPS =
      Setting.open(
          GROUP,
          "warmup_steps",
          new IntegerType(0, Integer.MAX_VALUE),
          "a twentieth of the run, at most 100",
          "steps of linear warm-up");

  public static final Setting<String> SCHEDULE =
      Setting.of(
          GROUP,
          "schedule",
          new ChoiceType(List.of("cosine", "constant", "wsd")),
          "cosine",
          "course of the learning rate after warm-up");

  public static final Setting<Double> WEIGHT_DECAY =
      Setting.of(
          GROUP,
          "weight_decay",
          NumberType.notNegative(),
          0.1,
          "decay of matrices; none on norms, biases, embeddings, router");

  public static final Setting<Double> BETA1 =
      Setting.of(GROUP, "beta1", NumberType.belowOne(), 0.9, "AdamW: memory of the first moment");

  public static final Setting<Double> BETA2 =
      Setting.of(GROUP, "beta2", NumberType.belowOne(), 0.95, "AdamW: memory of the second moment");

  public static final Setting<Double> EPSILON =
      Setting.of(
          GROUP, "epsilon", NumberType.positiveShare(), 1e-8, "AdamW: added to the denominator");

  public static final Setting<Double> GRAD_CLIP =
      Setting.of(GROUP, "grad_clip", NumberType.positive(), 1.0, "highest norm of the gradient");

  static final List<Setting<?>> ALL =
      List.of(
          BATCH_SIZE,
          GRAD_ACCUMULATION,
          EPOCHS,
          MAX_STEPS,
          LEARNING_RATE,
          MIN_LEARNING_RATE,
          WARMUP_STEPS,
          SCHEDULE,
          WEIGHT_DECAY,
          BETA1,
          BETA2,
          EPSILON,
          GRAD_CLIP);

  private OptimizationSettings() {}
}
