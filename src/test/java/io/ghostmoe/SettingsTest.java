package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The declarations themselves: what exists, its defaults and its bounds. */
class SettingsTest {
  @Test
  void everySettingOfTheCommandLineExists() {
    assertThat(TrainSettings.TABLE.all().stream().map(Setting::flag))
        .contains(
            "--dataset --dataset-source --dataset-config --revision --eval-file --num-train-samples"
                .split(" "))
        .contains(
            "--num-eval-samples --max-seq-length --tokenizer --question-field --answer-field"
                .split(" "))
        .contains(
            "--text-field --batching --loss-on --embed-dim --num-layers --num-heads --num-experts"
                .split(" "))
        .contains(
            "--top-k --expert-hidden --dropout --balance-rate --aux-loss --z-loss --batch-size"
                .split(" "))
        .contains(
            "--grad-accumulation --epochs --max-steps --learning-rate --min-learning-rate"
                .split(" "))
        .contains(
            "--warmup-steps --schedule --weight-decay --beta1 --beta2 --epsilon --grad-clip"
                .split(" "))
        .contains(
            "--log-every --eval-every --save-every --keep-checkpoints --samples --run --runs-dir --data-dir"
                .split(" "))
        .contains(
            "--cache-dir --resume --overwrite --seed --threads --device --trace --trace-steps"
                .split(" "))
        .contains(
            "--num-ghost-experts --ghost-trigger --ghost-activation-threshold --ghost-init"
                .split(" "))
        .contains("--ghost-activation-schedule --ghost-ramp-steps --ghost-lr-coupling".split(" "))
        .contains(
            "--ghost-learning-rate --saturation-monitoring-window --wake-cooldown-steps".split(" "))
        .contains("--max-bad-records", "--deduplicate", "--init-from", "--init-checkpoint")
        .contains("--profile", "--precision", "--activation-checkpointing")
        .hasSize(70);
    assertThat(GenerateSettings.TABLE.all().stream().map(Setting::flag))
        .contains("--prompt --max-tokens --temperature --sample-top-k --top-p --seed".split(" "));
    assertThat(PrepareSettings.TABLE.all().stream().map(Setting::flag))
        .contains("--dataset --loss-on --cache-dir --data-dir --seed --threads".split(" "))
        .doesNotContain("--embed-dim", "--run");
  }

  @Test
  void noDeclaredSettingIsForgottenInItsTable() throws IllegalAccessException {
    for (Class<?> group :
        List.of(
            DataSettings.class,
            ModelSettings.class,
            GhostSettings.class,
            OptimizationSettings.class,
            RunSettings.class)) {
      assertThat(TrainSettings.TABLE.all()).containsAll(declared(group));
    }
    assertThat(GenerateSettings.TABLE.all()).containsAll(declared(SamplingSettings.class));
    assertThat(PrepareSettings.TABLE.all()).containsAll(declared(DataSettings.class));
  }

  private static List<Setting<?>> declared(Class<?> group) throws IllegalAccessException {
    List<Setting<?>> declared = new ArrayList<>();
    for (Field field : group.getDeclaredFields()) {
      if (Modifier.isPublic(field.getModifiers()) && field.get(null) instanceof Setting<?> one) {
        assertThat(field.getName().toLowerCase(Locale.ROOT)).isEqualTo(one.name());
        declared.add(one);
      }
    }
    assertThat(declared).isNotEmpty();
    return declared;
  }

  @Test
  void defaultsAreThoseOfTheSpecification() {
    assertThat(TrainSettings.of(SettingValues.NONE.with(DataSettings.DATASET, "x.jsonl")).toJson())
        .isEqualTo(
            """
            {
              "dataset" : "x.jsonl",
              "dataset_source" : null,
              "dataset_config" : null,
              "revision" : null,
              "eval_file" : null,
              "num_train_samples" : -1,
              "num_eval_samples" : -1,
              "max_bad_records" : 0,
              "deduplicate" : false,
              "max_seq_length" : 256,
              "tokenizer" : "gpt2",
              "question_field" : null,
              "answer_field" : null,
              "text_field" : null,
              "batching" : "packed",
              "loss_on" : "all",
              "data_dir" : "data",
              "cache_dir" : "data-preprocessed",
              "embed_dim" : 128,
              "num_layers" : 2,
              "num_heads" : 4,
              "num_experts" : 4,
              "top_k" : 2,
              "expert_hidden" : null,
              "dropout" : 0.0,
              "balance_rate" : 0.01,
              "aux_loss" : 0.0,
              "z_loss" : 0.0,
              "init_from" : null,
              "init_checkpoint" : null,
              "num_ghost_experts" : 0,
              "ghost_trigger" : "plateau",
              "ghost_activation_threshold" : null,
              "ghost_activation_schedule" : "gradual",
              "ghost_ramp_steps" : null,
              "ghost_lr_coupling" : "rewarm",
              "ghost_learning_rate" : null,
              "ghost_init" : "clone",
              "saturation_monitoring_window" : null,
              "wake_cooldown_steps" : null,
              "batch_size" : 8,
              "grad_accumulation" : 1,
              "epochs" : 1,
              "max_steps" : null,
              "learning_rate" : 0.001,
              "min_learning_rate" : null,
              "warmup_steps" : null,
              "schedule" : "cosine",
              "weight_decay" : 0.1,
              "beta1" : 0.9,
              "beta2" : 0.95,
              "epsilon" : 1.0E-8,
              "grad_clip" : 1.0,
              "run" : null,
              "runs_dir" : "runs",
              "resume" : false,
              "overwrite" : false,
              "log_every" : 1,
              "eval_every" : null,
              "save_every" : null,
              "keep_checkpoints" : 3,
              "samples" : 0,
              "seed" : 42,
              "threads" : null,
              "device" : "auto",
              "precision" : "fp32",
              "activation_checkpointing" : false,
              "trace" : null,
              "trace_steps" : 10,
              "profile" : false
            }
            """);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "embed_dim, abc, --embed-dim abc: must be a whole number from 1 to 65536 (default 128)",
    "embed_dim, 0, --embed-dim 0: must be a whole number from 1",
    "embed_dim, 1.5, --embed-dim 1.5: must be a whole number",
    "embed_dim, 99999999999, --embed-dim 99999999999: must be",
    "embed_dim, auto, --embed-dim auto: must be",
    "embed_dim, '', '--embed-dim \"\": must be'",
    "learning_rate, NaN, --learning-rate NaN: must be a number above 0 (default 0.001)",
    "learning_rate, Infinity, --learning-rate Infinity: must be",
    "learning_rate, 1e999, --learning-rate 1e999: must be",
    "learning_rate, 0, --learning-rate 0: must be a number above 0",
    "learning_rate, 1d, --learning-rate 1d: must be",
    "learning_rate, 0x1p3, --learning-rate 0x1p3: must be",
    "weight_decay, -1, --weight-decay -1: must be a number of at least 0",
    "beta1, 1, --beta1 1: must be a number of at least 0 and below 1",
    "num_train_samples, -2, --num-train-samples -2: must be a whole number from -1",
    "seed, x, --seed x: must be a whole number of 64 bits",
    "schedule, linear, --schedule linear: must be cosine or constant or wsd (default cosine)",
    "resume, maybe, --resume maybe: must be true or false",
    "tokenizer, ' ', '--tokenizer \" \": must be text that is not blank'",
    "ghost_trigger, step:, '--ghost-trigger step:: must be plateau, orthogonality, random'",
    "'ghost_trigger', 'step:0', '--ghost-trigger step:0: must be'",
    "dataset_source, ftp, --dataset-source ftp: must be huggingface or local_file",
  })
  void aValueThatDoesNotFitNamesTheFlagTheValueAndTheBounds(
      String name, String text, String expected) {
    Setting<?> setting = TrainSettings.TABLE.find(name).orElseThrow();
    assertThatThrownBy(() -> SettingValues.NONE.withText(setting, text))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageStartingWith(expected);
  }

  @Test
  void aPathWithANulCharacterIsRefused() {
    assertThatThrownBy(() -> SettingValues.NONE.withText(RunSettings.RUNS_DIR, "a\0b"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("must be a path of this system");
  }

  @Test
  void valuesThatFitAreTaken() {
    assertThat(RunSettings.SEED.parse("-9223372036854775808")).contains(Long.MIN_VALUE);
    assertThat(OptimizationSettings.LEARNING_RATE.parse("1e-3")).contains(0.001);
    assertThat(OptimizationSettings.LEARNING_RATE.parse(".5")).contains(0.5);
    assertThat(GhostSettings.GHOST_TRIGGER.parse("step:10,200")).contains("step:10,200");
    assertThat(OptimizationSettings.MAX_STEPS.parse("auto")).isEmpty();
    assertThat(RunSettings.DEVICE.parse("auto")).contains("auto");
    assertThat(SamplingSettings.PROMPT.parse("")).contains("");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"embd_dim\": 1} | config.json: unknown key \"embd_dim\": did you mean \"embed_dim\"?",
        "{\"embed-dim\": 1} | config.json: unknown key \"embed-dim\": did you mean \"embed_dim\"?",
        "{\"top_k\": 1, \"top_k\": 2} | config.json is not JSON: line 1, column",
        "{\"top_k\": 1} x | config.json is not JSON",
        "{\"top_k\": 1 | config.json is not JSON",
        "[1] | config.json must hold one JSON object",
        "{\"top_k\": \"1\"} | config.json: --top-k \"1\": must be a whole number",
        "{\"top_k\": 1.0} | config.json: --top-k 1.0: must be a whole number",
        "{\"top_k\": 1e400} | config.json: --top-k",
        "{\"top_k\": null} | config.json: --top-k null: must be a whole number",
        "{\"top_k\": {}} | config.json: --top-k {}: must be",
        "{\"resume\": 1} | config.json: --resume 1: must be true or false",
        "{\"tokenizer\": 1} | config.json: --tokenizer 1: must be text",
        "{\"learning_rate\": \"0.1\"} | config.json: --learning-rate \"0.1\": must be a number",
        "{\"learning_rate\": 1e400} | config.json: --learning-rate",
      })
  void aFileThatDoesNotFitNamesTheFileAndTheKey(String json, String expected) {
    assertThatThrownBy(
            () ->
                SettingsJson.read(
                    json.getBytes(StandardCharsets.UTF_8), "config.json", TrainSettings.TABLE))
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(expected)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void aFileMayHoldCommentsNullsAndTheWordAuto() {
    SettingValues values =
        SettingsJson.read(
            "{/* smaller */ \"embed_dim\": 64, \"max_steps\": null, \"warmup_steps\": \"auto\"}"
                .getBytes(StandardCharsets.UTF_8),
            "config.json",
            TrainSettings.TABLE);
    assertThat(values.find(ModelSettings.EMBED_DIM)).contains(64);
    assertThat(values.sets(OptimizationSettings.MAX_STEPS)).isTrue();
    assertThat(values.find(OptimizationSettings.MAX_STEPS)).isEmpty();
    assertThat(values.find(OptimizationSettings.WARMUP_STEPS)).isEmpty();
  }
}
