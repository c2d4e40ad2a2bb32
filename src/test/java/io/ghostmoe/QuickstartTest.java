package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.batch.EvaluationBatches;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.TrainListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a new user sees first, as it is. */
class QuickstartTest {
  @TempDir Path folder;

  @Test
  void theQuickstartBeatsABigramByAQuarterAndAnswersQuestions() {
    TrainSettings settings =
        TrainSettings.of(
            Presets.quickstart(),
            SettingValues.NONE
                .with(RunSettings.RUNS_DIR, folder.resolve("runs"))
                .with(DataSettings.CACHE_DIR, folder.resolve("cache")));
    List<String> answers = new ArrayList<>();
    Set<Integer> woken = new HashSet<>();
    RunSummary summary =
        GhostMoE.train(
            settings,
            new TrainListener() {
              @Override
              public void onSample(String prompt, String completion, String expected) {
                assertThat(prompt).startsWith("Question: Reduce ").endsWith("Answer:");
                answers.add(completion);
              }

              @Override
              public void onWake(Wake wake) {
                woken.add(wake.layer());
              }
            });

    double bigram = bigramLoss(settings);
    System.out.printf(
        "quickstart: evaluation loss %.4f, add-one bigram %.4f%n", summary.finalEvalLoss(), bigram);
    assertThat(summary.finalEvalLoss()).isLessThan(0.75 * bigram);
    assertThat(woken).as("layers of which a ghost woke").containsExactly(0, 1);
    assertThat(answers).hasSize(5).noneMatch(String::isBlank);
  }

  /** On the very targets that the run was evaluated on. */
  private static double bigramLoss(TrainSettings settings) {
    try (PreparedDataset data = GhostMoE.prepare(settings.prepare(), PrepareListener.SILENT)) {
      assertThat(data.cacheHit()).isTrue();
      AddOneBigram bigram =
          new AddOneBigram(data.tokenizer().vocabularySize(), data.tokenizer().endOfText());
      bigram.learn(data.train());
      return bigram.loss(
          new EvaluationBatches(data.eval(), EngineConfig.batches(settings, data.tokenizer())));
    }
  }
}
