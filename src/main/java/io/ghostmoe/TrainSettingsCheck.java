package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.train.RunNames;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** The rules between settings of a run; each message names the flag, the value and the remedy. */
final class TrainSettingsCheck {
  private TrainSettingsCheck() {}

  static void check(SettingValues values) {
    checkModel(values);
    checkGhosts(values);
    checkOptimization(values);
    checkRun(values);
  }

  private static void checkModel(SettingValues values) {
    int embedDim = value(values, ModelSettings.EMBED_DIM);
    int numHeads = value(values, ModelSettings.NUM_HEADS);
    if (embedDim % numHeads != 0) {
      throw UserException.input(
          "--embed-dim %d is not divisible by --num-heads %d: pass --embed-dim %d"
              .formatted(embedDim, numHeads, Math.ceilDiv(embedDim, numHeads) * numHeads));
    }
    int topK = value(values, ModelSettings.TOP_K);
    int numExperts = value(values, ModelSettings.NUM_EXPERTS);
    Optional<String> checkpoint = values.find(ModelSettings.INIT_CHECKPOINT);
    if (checkpoint.isPresent() && values.find(ModelSettings.INIT_FROM).isEmpty()) {
      throw UserException.input(
          "--init-checkpoint %s needs the run that it is of: pass --init-from RUN, or leave both out"
              .formatted(checkpoint.get()));
    }
    if (topK > numExperts) {
      throw UserException.input(
          "--top-k %d exceeds --num-experts %d: pass --top-k %d or --num-experts %d"
              .formatted(topK, numExperts, numExperts, topK));
    }
  }

  /** Steps that never come, and more of them than there are ghosts, are a misunderstanding. */
  private static void checkGhosts(SettingValues values) {
    String trigger = value(values, GhostSettings.GHOST_TRIGGER);
    if (!trigger.startsWith("step:")) {
      return;
    }
    List<Long> steps =
        Arrays.stream(trigger.substring(5).split(",")).map(Long::valueOf).sorted().toList();
    if (new HashSet<>(steps).size() < steps.size()) {
      throw UserException.input(
          "--ghost-trigger %s names a step twice: at each step one ghost a layer wakes"
              .formatted(trigger));
    }
    int ghosts = value(values, GhostSettings.NUM_GHOST_EXPERTS);
    if (ghosts > 0 && steps.size() > ghosts) {
      throw UserException.input(
          "--ghost-trigger %s wakes %d ghosts, --num-ghost-experts is %d: pass --num-ghost-experts %d"
              .formatted(trigger, steps.size(), ghosts, steps.size()));
    }
    Optional<Integer> maxSteps = values.find(OptimizationSettings.MAX_STEPS);
    if (maxSteps.isPresent() && ghosts > 0 && steps.getLast() > maxSteps.get()) {
      throw UserException.input(
          "--ghost-trigger %s: step %d comes after the run's last, %d: name an earlier one or raise --max-steps"
              .formatted(trigger, steps.getLast(), maxSteps.get()));
    }
  }

  private static void checkOptimization(SettingValues values) {
    Optional<Integer> maxSteps = values.find(OptimizationSettings.MAX_STEPS);
    Optional<Integer> warmupSteps = values.find(OptimizationSettings.WARMUP_STEPS);
    if (maxSteps.isPresent() && warmupSteps.isPresent() && warmupSteps.get() > maxSteps.get()) {
      throw UserException.input(
          "--warmup-steps %d exceeds the run's %d steps: pass --warmup-steps %d"
              .formatted(warmupSteps.get(), maxSteps.get(), Math.min(100, maxSteps.get() / 20)));
    }
    double learningRate = value(values, OptimizationSettings.LEARNING_RATE);
    Optional<Double> minimum = values.find(OptimizationSettings.MIN_LEARNING_RATE);
    if (minimum.isPresent() && minimum.get() > learningRate) {
      throw UserException.input(
          "--min-learning-rate %s exceeds --learning-rate %s: pass --min-learning-rate %s"
              .formatted(minimum.get(), learningRate, 0.1 * learningRate));
    }
  }

  private static void checkRun(SettingValues values) {
    values.find(RunSettings.RUN).ifPresent(RunNames::require);
    boolean resume = value(values, RunSettings.RESUME);
    if (resume && value(values, RunSettings.OVERWRITE)) {
      throw UserException.input(
          "--resume and --overwrite contradict each other: go on with the run or replace it");
    }
    if (resume && values.find(RunSettings.TRACE).isPresent()) {
      throw UserException.input(
          "--trace %s with --resume: a trace begins with the run's first step: trace a new run"
              .formatted(values.find(RunSettings.TRACE).get()));
    }
    if (resume && values.find(RunSettings.RUN).isEmpty()) {
      throw UserException.input("--resume needs the run's name: pass --run NAME");
    }
  }

  private static <T> T value(SettingValues values, Setting<T> setting) {
    return values.find(setting).or(setting::defaultValue).orElseThrow();
  }
}
