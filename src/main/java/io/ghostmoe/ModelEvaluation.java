package io.ghostmoe;

import io.ghostmoe.Evaluation.ExactMatch;
import io.ghostmoe.EvaluationListener.Phase;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetRequest;
import io.ghostmoe.data.DocumentLoader;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.batch.BatchSettings;
import io.ghostmoe.data.batch.EvaluationBatches;
import io.ghostmoe.data.batch.LossOn;
import io.ghostmoe.data.cache.MemoryTokenStore;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.device.Device;
import io.ghostmoe.generate.Generator;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.train.Evaluator;
import io.ghostmoe.train.RunFolder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Measures a trained model as its run did, with the run's own settings. */
final class ModelEvaluation {
  private final Origin origin;
  private final Transformer model;
  private final Device device;
  private final Tokenizer tokenizer;
  private final EvaluationListener listener;

  /**
   * Where a model comes from.
   *
   * @param folder of its run
   * @param settings of its run, as resolved
   * @param step of its checkpoint
   * @param data hash of the tokens that it was trained and evaluated on
   */
  record Origin(RunFolder folder, TrainSettings settings, long step, String data) {}

  ModelEvaluation(
      Origin origin,
      Transformer model,
      Device device,
      Tokenizer tokenizer,
      EvaluationListener listener) {
    this.origin = origin;
    this.model = model;
    this.device = device;
    this.tokenizer = tokenizer;
    this.listener = listener;
  }

  Evaluation run(EvaluationRequest request) {
    if (request.file().isPresent()) {
      return measure(request, read(request.file().get(), request));
    }
    try (PreparedDataset data = ownData(request)) {
      if (!data.contentHash().equals(origin.data)) {
        throw UserException.input(
            "%s, or its --eval-file, has changed since run %s was trained: bring the old content back, or pass --eval-file FILE."
                .formatted(origin.settings.get(DataSettings.DATASET), origin.folder.path()));
      }
      return measure(request, data.eval());
    }
  }

  private TokenStore read(Path file, EvaluationRequest wanted) {
    PrepareSettings settings = origin.settings.prepare();
    DatasetRequest request =
        DatasetRequest.builder(file)
            .questionField(settings.find(DataSettings.QUESTION_FIELD).orElse(null))
            .answerField(settings.find(DataSettings.ANSWER_FIELD).orElse(null))
            .textField(settings.find(DataSettings.TEXT_FIELD).orElse(null))
            .maxBadRecords(
                wanted.maxBadRecords().orElse(settings.get(DataSettings.MAX_BAD_RECORDS)))
            .build();
    return DocumentLoader.load(request, tokenizer, preparation());
  }

  private PreparedDataset ownData(EvaluationRequest request) {
    SettingValues elsewhere =
        request
            .cacheDir()
            .map(folder -> SettingValues.NONE.with(DataSettings.CACHE_DIR, folder))
            .orElse(SettingValues.NONE);
    PrepareSettings settings = PrepareSettings.of(origin.settings.prepare().values(), elsewhere);
    try {
      return GhostMoE.prepare(settings, preparation());
    } catch (UserException e) {
      String message =
          "the data of run %s: %s Or pass --eval-file FILE."
              .formatted(origin.folder.path(), e.getMessage());
      throw e.kind() == UserException.Kind.INPUT
          ? UserException.input(message, e)
          : UserException.environment(message, e);
    }
  }

  private PrepareListener preparation() {
    return new PrepareListener() {
      @Override
      public void progress(PrepareProgress progress) {
        listener.onPrepare(progress);
      }

      @Override
      public boolean cancelled() {
        return listener.cancelled();
      }
    };
  }

  private Evaluation measure(EvaluationRequest request, TokenStore all) {
    long seed = origin.settings.get(RunSettings.SEED);
    TokenStore documents =
        request.documents() < 0 || request.documents() >= all.documents()
            ? all
            : MemoryTokenStore.sample(all, request.documents(), seed);
    request.file().ifPresent(file -> requireAnswers(file, documents));
    long start = System.nanoTime();
    Evaluator.Result found = loss(documents);
    Optional<ExactMatch> exactMatch = answers(documents, request);
    return new Evaluation(
        origin.folder.name(),
        origin.step,
        device.reason(),
        request.file(),
        documents.documents(),
        found.targets(),
        found.loss(),
        found.bitsPerByte(),
        found.perplexity(),
        exactMatch,
        (System.nanoTime() - start) * 1e-9);
  }

  private Optional<ExactMatch> answers(TokenStore documents, EvaluationRequest request) {
    int together = Math.min(request.questions(), AnswerCheck.TOGETHER);
    if (together == 0) {
      return Optional.empty();
    }
    try (Generator generator =
        new Generator(model, device.backend(), tokenizer.endOfText(), together)) {
      return new AnswerCheck(documents, tokenizer, generator, request.maxTokens(), listener)
          .first(request.questions());
    }
  }

  /** A run that scores answers alone has no measure for plain text. */
  private void requireAnswers(Path file, TokenStore documents) {
    if (origin.settings.get(DataSettings.LOSS_ON, LossOn.class) == LossOn.ANSWER
        && IntStream.range(0, documents.documents())
            .anyMatch(document -> documents.answerStart(document) < 0)) {
      throw UserException.input(
          "--eval-file %s holds plain text, and run %s was trained with --loss-on answer: name a file of questions and answers."
              .formatted(file, origin.folder.path()));
    }
  }

  /** The same batches in the same shapes as in training, since sums depend on shapes. */
  private Evaluator.Result loss(TokenStore documents) {
    BatchSettings shape = EngineConfig.batches(origin.settings, tokenizer);
    EvaluationBatches batches = new EvaluationBatches(documents, shape);
    Evaluator.Result found =
        new Evaluator(model, device.backend())
            .evaluate(
                batches,
                new BooleanSupplier() {
                  private long done;

                  @Override
                  public boolean getAsBoolean() {
                    listener.onProgress(Phase.LOSS, done++, batches.batches());
                    return listener.cancelled();
                  }
                });
    listener.onProgress(Phase.LOSS, batches.batches(), batches.batches());
    if (found.targets() == 0) {
      throw UserException.input(
          "no token of these documents is scored: their answers lie beyond the run's --max-seq-length %d: pass another --eval-file."
              .formatted(shape.length()));
    }
    if (!Double.isFinite(found.loss())) {
      throw UserException.environment(
          "the evaluation loss of run %s is %s: pass another --checkpoint, or train again with a lower --learning-rate."
              .formatted(origin.folder.path(), found.loss()));
    }
    return found;
  }
}
