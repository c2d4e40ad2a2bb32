package io.ghostmoe;

import io.ghostmoe.base.UserException;
import io.ghostmoe.checkpoint.Checkpoint;
import io.ghostmoe.checkpoint.TrainState;
import io.ghostmoe.checkpoint.TrainingCheckpoint;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.source.Document;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.device.Device;
import io.ghostmoe.generate.Generator;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.generate.TextStream;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.train.Evaluator;
import io.ghostmoe.train.RunFolder;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A model out of a run's checkpoint, ready to generate and to be measured. Not safe for several
 * threads at once.
 */
public final class TrainedModel implements AutoCloseable {
  private final ModelEvaluation.Origin origin;
  private final Device device;
  private final Tokenizer tokenizer;
  private final Transformer model;
  private final Generator generator;

  private TrainedModel(
      ModelEvaluation.Origin origin, Device device, Tokenizer tokenizer, Transformer model) {
    this.origin = origin;
    this.device = device;
    this.tokenizer = tokenizer;
    this.model = model;
    generator = new Generator(model, device.backend(), tokenizer.endOfText());
  }

  static TrainedModel load(RunFolder folder, String checkpoint, Device.Choice choice, int threads) {
    TrainSettings settings = TrainSettings.of(TrainSettings.readJson(folder.config()));
    Checkpoint from = CheckpointChoice.find(folder, checkpoint);
    Device device = Device.select(choice, threads);
    return orClosed(device::close, () -> load(folder, settings, from, device));
  }

  private static TrainedModel load(
      RunFolder folder, TrainSettings settings, Checkpoint from, Device device) {
    Tokenizer tokenizer = Tokenizers.open(settings.get(DataSettings.TOKENIZER));
    return orClosed(tokenizer::close, () -> load(folder, settings, from, device, tokenizer));
  }

  private static TrainedModel load(
      RunFolder folder,
      TrainSettings settings,
      Checkpoint from,
      Device device,
      Tokenizer tokenizer) {
    Transformer model =
        new Transformer(
            EngineConfig.model(settings, tokenizer.vocabularySize()),
            device.backend(),
            settings.get(RunSettings.SEED),
            false);
    return orClosed(
        model::close,
        () -> {
          TrainState state = TrainingCheckpoint.loadWeights(from, model, device.backend());
          settings.requireThoseOf(state, folder.config());
          return new TrainedModel(
              new ModelEvaluation.Origin(folder, settings, state.step(), state.data()),
              device,
              tokenizer,
              model);
        });
  }

  /** What the rest makes of something that was opened, and that nobody would close if it fails. */
  private static TrainedModel orClosed(Runnable close, Supplier<TrainedModel> rest) {
    boolean done = false;
    try {
      TrainedModel model = rest.get();
      done = true;
      return model;
    } finally {
      if (!done) {
        close.run();
      }
    }
  }

  /** {@return the settings of its run, as resolved} */
  public TrainSettings settings() {
    return origin.settings();
  }

  /** {@return the optimizer steps that were done when its checkpoint was taken} */
  public long step() {
    return origin.step();
  }

  /** {@return what it computes on, and why, in one line for people} */
  public String device() {
    return device.reason();
  }

  /** {@return the tokenizer that it was trained with; closed with this} */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * {@return what it was trained on, questions with answers or plain text; empty where nobody can
   * tell any more, because the run's data are no longer in the cache}
   *
   * @throws UserException where the cache folder cannot be read
   */
  public Optional<Manifest.Kind> kind() {
    PrepareSettings settings = settings().prepare();
    if (settings().get(DataSettings.LOSS_ON).equals("answer")) {
      return Optional.of(Manifest.Kind.QA);
    }
    return new DatasetCatalog(settings.get(DataSettings.CACHE_DIR))
        .list().stream()
            .flatMap(entry -> Stream.ofNullable(entry.manifest()))
            .filter(manifest -> manifest.contentHash().equals(origin.data()))
            .map(Manifest::kind)
            .findFirst();
  }

  /**
   * {@return the tokens that the model sees at once, T; of a longer prompt it reads the last half
   * of so many}
   */
  public int contextLength() {
    return model.config().length();
  }

  /**
   * {@return the tokens of a prompt, the end-of-text before it included}
   *
   * @param prompt any text, as for {@link #generate(String, int, Sampling)}
   * @throws UserException where it holds half a character (a lone surrogate)
   */
  public int promptTokens(String prompt) {
    return tokenizer.encode(prompt).length + 1;
  }

  /**
   * Continues a text.
   *
   * @param prompt any text; a question in the form of training is {@link #question}
   * @param maxTokens at most so many, 0 or more; fewer where end-of-text comes first
   * @param sampling how each token is drawn; the same prompt and seed give the same text
   * @param receiver is handed the text piece by piece as it comes, a piece may be empty; false ends
   *     the generation
   * @return the number of tokens generated
   * @throws UserException where the prompt holds half a character (a lone surrogate), {@code
   *     maxTokens} is negative, or the model's weights are spoilt
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

  /**
   * {@return the continuation of a text, without the text}
   *
   * @param prompt any text; a question in the form of training is {@link #question}
   * @param maxTokens at most so many, 0 or more; fewer where end-of-text comes first
   * @param sampling how each token is drawn; the same prompt and seed give the same text
   * @throws UserException where the prompt holds half a character (a lone surrogate), {@code
   *     maxTokens} is negative, or the model's weights are spoilt
   */
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

  /**
   * Measures the model as its run does at an evaluation, and on documents with answers by how many
   * greedy answers are right. Changes nothing in the run's folder; the run's data are prepared
   * again where the cache has lost them.
   *
   * @param request on which documents, and how many questions
   * @param listener hears how it goes, on this thread, and can stop it
   * @return what was found
   * @throws UserException where the file cannot be read, or the run's data are gone or have
   *     changed, or nothing of the documents is scored
   * @throws java.util.concurrent.CancellationException where the listener asked for it
   */
  public Evaluation evaluate(EvaluationRequest request, EvaluationListener listener) {
    return new ModelEvaluation(origin, model, device, tokenizer, listener).run(request);
  }

  /**
   * {@return the loss on batches of any origin, in nats a scored target}
   *
   * @param batches of windows no longer than {@link #contextLength}, a target scored among them
   */
  public double loss(Iterable<Batch> batches) {
    return new Evaluator(model, device.backend()).evaluate(batches, () -> false).loss();
  }

  /**
   * {@return a question as question-and-answer data show it in training, up to where the answer
   * begins}
   *
   * @param question as it would stand in the data, without a mark before it
   */
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
