package io.ghostmoe;

import io.ghostmoe.Evaluation.ExactMatch;
import io.ghostmoe.EvaluationListener.Phase;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.generate.Generator;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.generate.TextStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/** Asks a model the questions of some documents and compares its greedy answers with theirs. */
final class AnswerCheck {
  /**
   * Questions that are answered side by side: so many read the weights once, not each for itself.
   */
  static final int TOGETHER = 16;

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
    Answers answers = new Answers(questions);
    listener.onProgress(Phase.ANSWERS, 0, questions.length);
    generator.generate(answers.prompts, maxTokens, Sampling.GREEDY, answers);
    int tooLong = 0;
    for (int document : questions) {
      int reference = documents.length(document) - documents.answerStart(document);
      tooLong += reference > maxTokens ? 1 : 0;
    }
    return Optional.of(new ExactMatch(answers.right, questions.length, tooLong));
  }

  /** What the answers have come to, each told until it is wrong or done. */
  private final class Answers implements Generator.Receiver {
    private final List<int[]> prompts = new ArrayList<>();
    private final List<String> references = new ArrayList<>();
    private final TextStream[] streams;
    private final StringBuilder[] texts;
    private int done;
    private int right;

    Answers(int[] questions) {
      streams = new TextStream[questions.length];
      texts = new StringBuilder[questions.length];
      for (int i = 0; i < questions.length; i++) {
        int document = questions[i];
        int[] tokens = new int[documents.length(document)];
        documents.copy(documents.start(document), tokens, 0, tokens.length);
        int answer = documents.answerStart(document);
        prompts.add(Arrays.copyOf(tokens, answer));
        references.add(tokenizer.decode(Arrays.copyOfRange(tokens, answer, tokens.length)).strip());
        streams[i] = new TextStream(tokenizer);
        texts[i] = new StringBuilder();
      }
    }

    @Override
    public boolean token(int question, int token) {
      if (listener.cancelled()) {
        throw new CancellationException("evaluation was cancelled");
      }
      texts[question].append(streams[question].next(token));
      return canBecome(references.get(question), texts[question].toString());
    }

    @Override
    public void end(int question, int tokens) {
      String text = texts[question].append(streams[question].rest()).toString();
      right += text.strip().equals(references.get(question)) ? 1 : 0;
      listener.onProgress(Phase.ANSWERS, ++done, prompts.size());
    }
  }

  /** Whether more text can still make it the reference: an answer gone wrong needs no end. */
  static boolean canBecome(String reference, String text) {
    String begun = text.stripLeading();
    return reference.startsWith(begun)
        || (begun.startsWith(reference) && begun.substring(reference.length()).isBlank());
  }
}
