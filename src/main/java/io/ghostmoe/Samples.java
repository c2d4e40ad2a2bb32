package io.ghostmoe;

import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.generate.Generator;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.train.TrainListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A trained model's answers to the first questions of its evaluation split. */
final class Samples {
  private static final int MAX_TOKENS = 128;

  private final Transformer model;
  private final Backend backend;
  private final PreparedDataset data;
  private final TrainListener listener;

  Samples(Transformer model, Backend backend, PreparedDataset data, TrainListener listener) {
    this.model = model;
    this.backend = backend;
    this.data = data;
    this.listener = listener;
  }

  /** Shows as many as are wanted and there are; plain text has no questions. */
  void show(int wanted) {
    TokenStore eval = data.eval();
    int[] documents =
        IntStream.range(0, Math.min(wanted, eval.documents()))
            .filter(document -> eval.answerStart(document) >= 0)
            .toArray();
    if (documents.length == 0) {
      return;
    }
    int together = Math.min(documents.length, AnswerCheck.TOGETHER);
    List<int[]> questions = new ArrayList<>();
    List<IntStream.Builder> answers = new ArrayList<>();
    for (int document : documents) {
      questions.add(Arrays.copyOf(tokens(document), eval.answerStart(document)));
      answers.add(IntStream.builder());
    }
    try (Generator generator =
        new Generator(model, backend, data.tokenizer().endOfText(), together)) {
      generator.generate(
          questions,
          MAX_TOKENS,
          Sampling.GREEDY,
          (question, token) -> {
            answers.get(question).add(token);
            return !listener.cancelled();
          });
    }
    for (int i = 0; i < documents.length && !listener.cancelled(); i++) {
      int[] tokens = tokens(documents[i]);
      int[] reference = Arrays.copyOfRange(tokens, questions.get(i).length, tokens.length);
      listener.onSample(
          data.tokenizer().decode(questions.get(i)),
          data.tokenizer().decode(answers.get(i).build().toArray()),
          data.tokenizer().decode(reference));
    }
  }

  private int[] tokens(int document) {
    int[] tokens = new int[data.eval().length(document)];
    data.eval().copy(data.eval().start(document), tokens, 0, tokens.length);
    return tokens;
  }
}
