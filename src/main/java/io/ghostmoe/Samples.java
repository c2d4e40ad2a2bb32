package io.ghostmoe;

import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.generate.Generator;
import io.ghostmoe.generate.Sampling;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.train.TrainListener;
import java.util.Arrays;

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
    int count = Math.min(wanted, eval.documents());
    if (count == 0) {
      return;
    }
    try (Generator generator = new Generator(model, backend, data.tokenizer().endOfText())) {
      for (int document = 0; document < count && !listener.cancelled(); document++) {
        if (eval.answerStart(document) >= 0) {
          show(document, generator);
        }
      }
    }
  }

  private void show(int document, Generator generator) {
    TokenStore eval = data.eval();
    int[] tokens = new int[eval.length(document)];
    eval.copy(eval.start(document), tokens, 0, tokens.length);
    int answer = eval.answerStart(document);
    int[] prompt = Arrays.copyOf(tokens, answer);
    int[] answered = new int[MAX_TOKENS];
    int[] count = {0};
    generator.generate(
        prompt,
        MAX_TOKENS,
        Sampling.GREEDY,
        token -> {
          answered[count[0]++] = token;
          return true;
        });
    listener.onSample(
        data.tokenizer().decode(prompt),
        data.tokenizer().decode(Arrays.copyOf(answered, count[0])),
        data.tokenizer().decode(Arrays.copyOfRange(tokens, answer, tokens.length)));
  }
}
