package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.ChoiceType;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.LongType;
import io.ghostmoe.SettingType.PathType;
import io.ghostmoe.SettingType.SwitchType;
import io.ghostmoe.SettingType.TextType;
import java.nio.file.Path;
import java.util.List;

/** Where a run lies, what it writes and what it computes on. */
public final class RunSettings {
  private static final Group GROUP = Group.RUN;

  /**
   * Name of the run, a plain file name: its folder in {@link #RUNS_DIR}. Absent: training makes a
   * new one from the dataset's name; a command that takes up a run takes the newest.
   */
  public static final Setting<String> RUN =
      Setting.open(
              GROUP,
              "run",
              new TextType("NAME", false),
              "train: a new name; else the newest run",
              "name of the run, a folder in --runs-dir")
          .free();

  /** Folder in which runs are kept; made when it is needed. */
  public static final Setting<Path> RUNS_DIR =
      Setting.of(GROUP, "runs_dir", new PathType("DIR"), Path.of("runs"), "where runs are kept")
          .free();

  /**
   * Whether to go on from the latest checkpoint of {@link #RUN}, which has to be named; {@link
   * GhostMoE#resume} is the short way.
   */
  public static final Setting<Boolean> RESUME =
      Setting.of(GROUP, "resume", new SwitchType(), false, "go on from the run's latest checkpoint")
          .free();

  /**
   * Whether to replace a run of the same name, which is refused otherwise; not with {@link
   * #RESUME}.
   */
  public static final Setting<Boolean> OVERWRITE =
      Setting.of(GROUP, "overwrite", new SwitchType(), false, "replace a run of the same name")
          .free();

  /**
   * Steps from one line of {@code metrics.jsonl} to the next, 1 or more; each evaluation has one
   * too, and a listener hears every step.
   */
  public static final Setting<Integer> LOG_EVERY =
      Setting.of(
              GROUP,
              "log_every",
              new IntegerType(1, Integer.MAX_VALUE),
              1,
              "steps from one line of metrics.jsonl to the next")
          .free();

  /**
   * Steps from one evaluation to the next, 1 or more; the last step always has one. Absent: a tenth
   * of the run.
   */
  public static final Setting<Integer> EVAL_EVERY =
      Setting.open(
              GROUP,
              "eval_every",
              new IntegerType(1, Integer.MAX_VALUE),
              "a tenth of the run",
              "steps from one evaluation to the next")
          .free();

  /**
   * Steps from one checkpoint to the next, 1 or more; the last step, and the best evaluation so
   * far, always have one. Absent: a tenth of the run.
   */
  public static final Setting<Integer> SAVE_EVERY =
      Setting.open(
              GROUP,
              "save_every",
              new IntegerType(1, Integer.MAX_VALUE),
              "a tenth of the run",
              "steps from one checkpoint to the next")
          .free();

  /** Newest checkpoints to keep, besides the best; 1 or more. */
  public static final Setting<Integer> KEEP_CHECKPOINTS =
      Setting.of(
              GROUP,
              "keep_checkpoints",
              new IntegerType(1, Integer.MAX_VALUE),
              3,
              "newest checkpoints to keep, besides the best")
          .free();

  /**
   * Questions of the evaluation split to answer at the end, 0 or more; {@link
   * io.ghostmoe.train.TrainListener#onSample} hears the answers.
   */
  public static final Setting<Integer> SAMPLES =
      Setting.of(
              GROUP,
              "samples",
              new IntegerType(0, Integer.MAX_VALUE),
              0,
              "questions of the evaluation split to answer at the end")
          .free();

  /** Seed of every random draw; any number. */
  public static final Setting<Long> SEED =
      Setting.of(GROUP, "seed", new LongType(), 42L, "of every random draw");

  /**
   * Threads that compute, the calling one included, 1 to 1,024; results do not depend on their
   * number. Absent: one a core.
   */
  public static final Setting<Integer> THREADS =
      Setting.open(GROUP, "threads", new IntegerType(1, 1024), "one a core", "threads that compute")
          .free();

  /**
   * What to compute on: {@code auto} for the fastest that is there, {@code cpu}, or {@code cuda},
   * which is an NVIDIA GPU or nothing; a {@link io.ghostmoe.device.Device.Choice}.
   */
  public static final Setting<String> DEVICE =
      Setting.of(
              GROUP,
              "device",
              new ChoiceType(List.of("auto", "cpu", "cuda")),
              "auto",
              "what to compute on")
          .free();

  /**
   * What a GPU rounds the inputs of large products to: {@code fp32} for not at all, {@code bf16}
   * for tensor cores; weights and sums stay in single precision. A CPU refuses {@code bf16}; a
   * {@link io.ghostmoe.tensor.cuda.Precision}.
   */
  public static final Setting<String> PRECISION =
      Setting.of(
          GROUP,
          "precision",
          new ChoiceType(List.of("fp32", "bf16")),
          "fp32",
          "what a GPU rounds the inputs of large products to");

  /**
   * Whether only the input of each block is kept in training, and its activations are computed anew
   * in the backward pass: the same numbers, in a fraction of the memory where there are many
   * layers, in a third to a half more time. Source: Chen et al. 2016.
   */
  public static final Setting<Boolean> ACTIVATION_CHECKPOINTING =
      Setting.of(
              GROUP,
              "activation_checkpointing",
              new SwitchType(),
              false,
              "keep only each layer's input, and compute the rest anew: less memory, more time")
          .free();

  /**
   * Folder for what another framework needs to replay the run, made when it is needed; a trace in
   * it is replaced, and a resumed run has none. Absent: none is written.
   */
  public static final Setting<Path> TRACE =
      Setting.open(
              GROUP,
              "trace",
              new PathType("DIR"),
              "none is written",
              "folder for what another framework needs to replay the run")
          .free();

  /** Steps whose batches {@link #TRACE} gets, from the first on; 1 to 100,000. */
  public static final Setting<Integer> TRACE_STEPS =
      Setting.of(
              GROUP,
              "trace_steps",
              new IntegerType(1, 100_000),
              10,
              "steps whose batches --trace writes")
          .free();

  /**
   * Whether to time every operation of the backend; {@code TrainListener.onProfile} hears of the
   * steps, evaluations and saves of the run's second half. Costs a few microseconds an operation.
   */
  public static final Setting<Boolean> PROFILE =
      Setting.of(
              GROUP,
              "profile",
              new SwitchType(),
              false,
              "say where the time of the run's second half went, by operation")
          .free();

  static final List<Setting<?>> ALL =
      List.of(
          RUN,
          RUNS_DIR,
          RESUME,
          OVERWRITE,
          LOG_EVERY,
          EVAL_EVERY,
          SAVE_EVERY,
          KEEP_CHECKPOINTS,
          SAMPLES,
          SEED,
          THREADS,
          DEVICE,
          PRECISION,
          ACTIVATION_CHECKPOINTING,
          TRACE,
          TRACE_STEPS,
          PROFILE);

  private RunSettings() {}
}
