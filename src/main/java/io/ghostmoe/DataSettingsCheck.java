package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.source.Source;
import java.util.List;
import java.util.Optional;

/** The rules between settings of the data. */
final class DataSettingsCheck {
  private DataSettingsCheck() {}

  static void check(SettingValues values) {
    Optional<String> dataset = values.find(DataSettings.DATASET);
    if (dataset.isEmpty()) {
      throw UserException.input(
          "--dataset is missing: name a file, %s, or a Hub dataset such as openai/gsm8k"
              .formatted(Source.KINDS));
    }
    for (Setting<Integer> setting :
        List.of(DataSettings.NUM_TRAIN_SAMPLES, DataSettings.NUM_EVAL_SAMPLES)) {
      requireSome(values, setting);
    }
    checkSource(values);
    checkFields(values);
  }

  static void requireSome(SettingValues values, Setting<Integer> setting) {
    if (values.find(setting).orElseThrow() == 0) {
      throw UserException.input(
          setting.flag() + " 0 leaves nothing: pass 1 or more, or -1 for all");
    }
  }

  private static void checkSource(SettingValues values) {
    if (values.find(DataSettings.DATASET_SOURCE).filter("local_file"::equals).isEmpty()) {
      return;
    }
    for (Setting<String> setting : List.of(DataSettings.DATASET_CONFIG, DataSettings.REVISION)) {
      Optional<String> value = values.find(setting);
      if (value.isPresent()) {
        throw UserException.input(
            "%s %s is for Hub datasets only: leave it out, or pass --dataset-source huggingface"
                .formatted(setting.flag(), value.get()));
      }
    }
  }

  private static void checkFields(SettingValues values) {
    String question = values.find(DataSettings.QUESTION_FIELD).orElse("question");
    String answer = values.find(DataSettings.ANSWER_FIELD).orElse("answer");
    if (question.equals(answer)) {
      throw UserException.input(
          "--question-field and --answer-field are both %s: name two fields".formatted(question));
    }
  }
}
