package io.ghostmoe;

import io.ghostmoe.Evaluation.ExactMatch;
import io.ghostmoe.EvaluationListener.Phase;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.generate.Generator;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.generate.TextStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/** Asks a model the questions of some documents and compares its greedy answers with theirs. */
final class AnswerCheck {
  private final TokenStore documents;
  private final Tokenizer tokenizer;
  private final Generator generator;
  private final int maxTokens;
  private final EvaluationListener listener;

  AnswerCheck(
      TokenStore documents,
      Tokenizer tokenizer,
      Generator generator,
      int maxTokens,
      EvaluationListener listener) {
    this.documents = documents;
    this.tokenizer = tokenizer;
    this.generator = generator;
    this.maxTokens = maxTokens;
    this.listener = listener;
  }

  /** Asks the first {@code wanted} questions; empty where there is none to ask. */
  Optional<ExactMatch> first(int wanted) {
    int[] questions =
        IntStream.range(0, documents.documents())
            .filter(document -> documents.answerStart(document) >= 0)
            .limit(wanted)
            .toArray();
    if (questions.length == 0) {
      return Optional.empty();
    }
    int right = 0;
    int tooLong = 0;
    for (int i = 0; i < questions.length; i++) {
      listener.onProgress(Phase.ANSWERS, i, questions.length);
      int document = questions[i];
      right += isRight(document) ? 1 : 0;
      int reference = documents.length(document) - documents.answerStart(document);
      tooLong += reference > maxTokens ? 1 : 0;
    }
    listener.onProgress(Phase.ANSWERS, questions.length, questions.length);
    return Optional.of(new ExactMatch(right, questions.length, tooLong));
  }

  private boolean isRight(int document) {
    int[] tokens = new int[documents.length(document)];
    documents.copy(documents.start(document), tokens, 0, tokens.length);
    int answer = documents.answerStart(document);
    String reference = tokenizer.decode(Arrays.copyOfRange(tokens, answer, tokens.length)).strip();
    TextStream stream = new TextStream(tokenizer);
    StringBuilder text = new StringBuilder();
    generator.generate(
        Arrays.copyOf(tokens, answer),
        maxTokens,
        Sampling.GREEDY,
        token -> {
          if (listener.cancelled()) {
            throw new CancellationException("evaluation was cancelled");
          }
          text.append(stream.next(token));
          return canBecome(reference, text.toString());
        });
    return text.append(stream.rest()).toString().strip().equals(reference);
  }

  /** Whether more text can still make it the reference: an answer gone wrong needs no end. */
  static boolean canBecome(String reference, String text) {
    String begun = text.stripLeading();
    return reference.startsWith(begun)
        || (begun.startsWith(reference) && begun.substring(reference.length()).isBlank());
  }
}
