package io.ghostmoe;

import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.device.Device;
import io.ghostmoe.generate.Generator;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.generate.TextStream;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.train.RunFolder;
import java.util.function.Predicate;

/** A model out of a run's checkpoint, ready to generate. Not safe for several threads at once. */
public final class TrainedModel implements AutoCloseable {
  private final TrainSettings settings;
  private final Device device;
  private final Tokenizer tokenizer;
  private final Transformer model;
  private final Generator generator;

  private TrainedModel(
      TrainSettings settings, Device device, Tokenizer tokenizer, Transformer model) {
    this.settings = settings;
    this.device = device;
    this.tokenizer = tokenizer;
    this.model = model;
    generator = new Generator(model, device.backend(), tokenizer.endOfText());
  }

  static TrainedModel load(RunFolder folder, String checkpoint, Device.Choice choice, int threads) {
    TrainSettings settings = TrainSettings.of(TrainSettings.readJson(folder.config()));
    Checkpoint from = CheckpointChoice.find(folder, checkpoint);
    Device device = Device.select(choice, threads);
    Tokenizer tokenizer = Tokenizers.open(settings.get(DataSettings.TOKENIZER));
    Transformer model =
        new Transformer(
            EngineConfig.model(settings, tokenizer.vocabularySize()),
            device.backend(),
            settings.get(RunSettings.SEED),
            false);
    settings.requireThoseOf(
        TrainingCheckpoint.loadWeights(from, model, device.backend()), folder.config());
    return new TrainedModel(settings, device, tokenizer, model);
  }

  /** The settings of its run, as resolved. */
  public TrainSettings settings() {
    return settings;
  }

  /** What it computes on, and why. */
  public String device() {
    return device.reason();
  }

  /** The tokenizer that it was trained with. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * Continues a text.
   *
   * @param prompt any text; a question in the form of training is {@link #question}
   * @param maxTokens at most so many, fewer where end-of-text comes first
   * @param receiver is handed the text piece by piece as it comes; false ends the generation
   * @return the number of tokens generated
   */
  public int generate(String prompt, int maxTokens, Sampling sampling, Predicate<String> receiver) {
    TextStream text = new TextStream(tokenizer);
    int count =
        generator.generate(
            tokenizer.encode(prompt),
            maxTokens,
            sampling,
            token -> receiver.test(text.next(token)));
    String rest = text.rest();
    if (!rest.isEmpty()) {
      var _ = receiver.test(rest);
    }
    return count;
  }

  /** The continuation of a text as one string. */
  public String generate(String prompt, int maxTokens, Sampling sampling) {
    StringBuilder text = new StringBuilder();
    generate(
        prompt,
        maxTokens,
        sampling,
        piece -> {
          text.append(piece);
          return true;
        });
    return text.toString();
  }

  /** A question as question-and-answer data show it in training, up to where the answer begins. */
  public static String question(String question) {
    return Document.prompt(question);
  }

  @Override
  public void close() {
    generator.close();
    model.close();
    tokenizer.close();
    device.close();
  }
}
