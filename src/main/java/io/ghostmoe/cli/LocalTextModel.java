package io.ghostmoe.cli;

import io.ghostmoe.GenerateSettings;
import io.ghostmoe.RunSettings;
import io.ghostmoe.SamplingSettings;
import io.ghostmoe.TrainedModel;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.generate.Sampling;
import java.util.Optional;

/**
 * A trained model of this process. Every text begins with the same seed, so that the answer to a
 * line depends on no line before it.
 */
record LocalTextModel(String run, TrainedModel model, GenerateSettings settings)
    implements TextModel {
  @Override
  public long step() {
    return model.step();
  }

  @Override
  public Optional<Manifest.Kind> kind() {
    return model.kind();
  }

  @Override
  public GenerateOutcome generate(String prompt, TextListener listener) {
    int maxTokens = settings.get(SamplingSettings.MAX_TOKENS);
    int promptTokens = model.promptTokens(prompt);
    if (promptTokens > model.contextLength()) {
      listener.note(
          "the prompt has %s tokens, the model's context %s: only its last %s are read"
              .formatted(
                  Formats.count(promptTokens),
                  Formats.count(model.contextLength()),
                  Formats.count(Math.max(1, model.contextLength() / 2))));
    }
    StringBuilder whole = new StringBuilder();
    long start = System.nanoTime();
    int tokens =
        model.generate(
            prompt,
            maxTokens,
            sampling(),
            piece -> {
              whole.append(piece);
              listener.text(piece);
              return !listener.cancelled();
            });
    double seconds = (System.nanoTime() - start) * 1e-9;
    boolean ended = tokens < maxTokens && !listener.cancelled();
    return new GenerateOutcome(
        run, whole.toString(), tokens, promptTokens, model.contextLength(), seconds, ended);
  }

  private Sampling sampling() {
    return new Sampling(
        settings.get(SamplingSettings.TEMPERATURE),
        settings.get(SamplingSettings.SAMPLE_TOP_K),
        settings.get(SamplingSettings.TOP_P),
        settings.get(RunSettings.SEED));
  }

  @Override
  public void close() {
    model.close();
  }
}
