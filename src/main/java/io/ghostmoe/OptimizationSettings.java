package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.ChoiceType;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.NumberType;
import java.util.List;

/** How long and how fast the model learns. */
public final class OptimizationSettings {
  private static final Group GROUP = Group.OPTIMIZATION;

  /** Rows in one micro-batch, B; 1 to 1,048,576. */
  public static final Setting<Integer> BATCH_SIZE =
      Setting.of(GROUP, "batch_size", new IntegerType(1, 1 << 20), 8, "rows in one micro-batch");

  /** Micro-batches a step, whose gradients add up; 1 to 1,048,576. */
  public static final Setting<Integer> GRAD_ACCUMULATION =
      Setting.of(
          GROUP, "grad_accumulation", new IntegerType(1, 1 << 20), 1, "micro-batches a step");

  /**
   * Passes over the training data, 1 to 1,048,576; without effect where {@link #MAX_STEPS} is set.
   */
  public static final Setting<Integer> EPOCHS =
      Setting.of(GROUP, "epochs", new IntegerType(1, 1 << 20), 1, "passes over the data");

  /** Optimizer steps of the whole run, 1 or more. Absent: as many as {@link #EPOCHS} says. */
  public static final Setting<Integer> MAX_STEPS =
      Setting.open(
          GROUP,
          "max_steps",
          new IntegerType(1, Integer.MAX_VALUE),
          "as epochs says",
          "optimizer steps");

  /** Highest learning rate, that of the end of the warm-up; above 0. */
  public static final Setting<Double> LEARNING_RATE =
      Setting.of(GROUP, "learning_rate", NumberType.positive(), 1e-3, "highest learning rate");

  /**
   * Learning rate at the end, 0 to {@link #LEARNING_RATE}; without effect where {@link #SCHEDULE}
   * is {@code constant}. Absent: 0.1 × {@link #LEARNING_RATE}.
   */
  public static final Setting<Double> MIN_LEARNING_RATE =
      Setting.open(
          GROUP,
          "min_learning_rate",
          NumberType.notNegative(),
          "0.1 × learning_rate",
          "learning rate at the end");

  /**
   * Steps of linear warm-up, 0 to {@link #MAX_STEPS}. Absent: a twentieth of the run, at most 100.
   */
  public static final Setting<Integer> WARMUP_STEPS =
      Setting.open(
          GROUP,
          "warmup_steps",
          new IntegerType(0, Integer.MAX_VALUE),
          "a twentieth of the run, at most 100",
          "steps of linear warm-up");

  /**
   * Course of the learning rate after the warm-up: {@code cosine}, {@code constant}, or {@code
   * wsd}, which is constant up to a straight fall over the last fifth of the run.
   */
  public static final Setting<String> SCHEDULE =
      Setting.of(
          GROUP,
          "schedule",
          new ChoiceType(List.of("cosine", "constant", "wsd")),
          "cosine",
          "course of the learning rate after warm-up");

  /** AdamW's decay of matrices, 0 or more; norms, biases, embeddings and router have none. */
  public static final Setting<Double> WEIGHT_DECAY =
      Setting.of(
          GROUP,
          "weight_decay",
          NumberType.notNegative(),
          0.1,
          "decay of matrices; none on norms, biases, embeddings, router");

  /** AdamW's memory of the first moment, 0 or more and below 1. */
  public static final Setting<Double> BETA1 =
      Setting.of(GROUP, "beta1", NumberType.belowOne(), 0.9, "AdamW: memory of the first moment");

  /** AdamW's memory of the second moment, 0 or more and below 1. */
  public static final Setting<Double> BETA2 =
      Setting.of(GROUP, "beta2", NumberType.belowOne(), 0.95, "AdamW: memory of the second moment");

  /** What AdamW adds to the denominator, above 0 and at most 1. */
  public static final Setting<Double> EPSILON =
      Setting.of(
          GROUP, "epsilon", NumberType.positiveShare(), 1e-8, "AdamW: added to the denominator");

  /**
   * Highest norm of the gradient of all parameters together, to which a greater one is scaled;
   * above 0.
   */
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
