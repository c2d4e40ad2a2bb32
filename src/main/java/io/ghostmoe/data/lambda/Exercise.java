package io.ghostmoe.data.lambda;

import java.util.stream.Collectors;

/**
 * One row of the dataset.
 *
 * @param question the term to reduce, after the word {@code Reduce}
 * @param explanation every substitution and what it gave
 * @param answer the normal form
 */
public record Exercise(String question, String explanation, String answer) {
  /** Far above what any exercise needs; a term past it has no normal form. */
  private static final int MAX_STEPS = 100;

  /**
   * The exercise of reducing {@code term}.
   *
   * @throws IllegalArgumentException if there is nothing to reduce
   * @throws IllegalStateException if the term has no normal form
   */
  public static Exercise of(Term term) {
    Reduction reduction = Reduction.of(term, MAX_STEPS);
    if (reduction.steps().isEmpty()) {
      throw new IllegalArgumentException(term + " is in normal form: there is nothing to reduce");
    }
    String explanation =
        reduction.steps().stream()
            .map(step -> step.parameter() + " := " + step.argument() + " gives " + step.result())
            .collect(Collectors.joining("; "));
    return new Exercise("Reduce " + term, explanation, reduction.normalForm().toString());
  }
}
