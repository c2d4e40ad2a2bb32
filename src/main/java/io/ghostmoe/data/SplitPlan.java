package io.ghostmoe.data;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import java.util.BitSet;

/**
 * Which documents train and which evaluate.
 *
 * <p>The documents of a file are put into a seeded permutation. Evaluation takes from its front,
 * training from its back, so that a smaller number asked for is a part of a larger one. Without an
 * evaluation file a tenth (at least one) is for evaluation; if both numbers are given and the file
 * holds as many, exactly these are taken instead. With an evaluation file each file serves its own
 * split.
 */
final class SplitPlan {
  private final BitSet train;
  private final BitSet eval;
  private final String note;

  private SplitPlan(BitSet train, BitSet eval, String note) {
    this.train = train;
    this.eval = eval;
    this.note = note;
  }

  /** Splits the documents of one place. */
  static SplitPlan ofOne(int documents, DatasetRequest request) {
    if (documents < 2) {
      throw UserException.input(
          "%s holds one document, which cannot be split into training and evaluation: pass --eval-file."
              .formatted(request.dataset()));
    }
    int wantedTrain = request.numTrainSamples();
    int wantedEval = request.numEvalSamples();
    boolean exact =
        wantedTrain > 0 && wantedEval > 0 && (long) wantedTrain + wantedEval <= documents;
    int evalSize = exact ? wantedEval : Math.max(1, (int) ((documents + 5L) / 10));
    int trainSize = exact ? wantedTrain : documents - evalSize;
    int[] permutation = permutation(documents, request);
    BitSet eval = front(permutation, taken(wantedEval, evalSize));
    BitSet train = back(permutation, taken(wantedTrain, trainSize));
    String rule = exact ? "the numbers asked for" : "90/10";
    String note =
        "split: %,d documents for training%s, %,d for evaluation%s, out of %,d (%s, seed %d)"
            .formatted(
                train.cardinality(),
                shortfall(wantedTrain, trainSize),
                eval.cardinality(),
                shortfall(wantedEval, evalSize),
                documents,
                rule,
                request.seed());
    return new SplitPlan(train, eval, note);
  }

  /**
   * Takes the training documents from one place, the evaluation documents from another.
   *
   * @param evalLabel what that is called
   */
  static SplitPlan ofTwo(
      int documents, int evalDocuments, String evalLabel, DatasetRequest request) {
    int wantedTrain = request.numTrainSamples();
    int wantedEval = request.numEvalSamples();
    BitSet train = back(permutation(documents, request), taken(wantedTrain, documents));
    BitSet eval = front(permutation(evalDocuments, request), taken(wantedEval, evalDocuments));
    String note =
        "split: %,d of %,d documents for training%s, %,d of %,d of %s for evaluation%s (seed %d)"
            .formatted(
                train.cardinality(),
                documents,
                shortfall(wantedTrain, documents),
                eval.cardinality(),
                evalDocuments,
                evalLabel,
                shortfall(wantedEval, evalDocuments),
                request.seed());
    return new SplitPlan(train, eval, note);
  }

  /** Documents of the dataset file that train. */
  BitSet train() {
    return train;
  }

  /** Documents of the evaluation file, or else of the dataset file, that evaluate. */
  BitSet eval() {
    return eval;
  }

  /** The split in one line. */
  String note() {
    return note;
  }

  private static int[] permutation(int documents, DatasetRequest request) {
    return CounterRandom.permutation(CounterRandom.key(request.seed(), "split"), documents);
  }

  private static int taken(int wanted, int available) {
    return wanted < 0 ? available : Math.min(wanted, available);
  }

  private static String shortfall(int wanted, int available) {
    return wanted > available ? " (%,d were asked for)".formatted(wanted) : "";
  }

  private static BitSet front(int[] permutation, int count) {
    BitSet chosen = new BitSet(permutation.length);
    for (int i = 0; i < count; i++) {
      chosen.set(permutation[i]);
    }
    return chosen;
  }

  private static BitSet back(int[] permutation, int count) {
    BitSet chosen = new BitSet(permutation.length);
    for (int i = 0; i < count; i++) {
      chosen.set(permutation[permutation.length - 1 - i]);
    }
    return chosen;
  }
}
