package io.ghostmoe.data.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.CounterRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReductionTest {
  @ParameterizedTest
  @CsvSource({
    "(λx. x) a, a",
    "(λx.λy. x) y, λz. y",
    "(λx.λy. x y a) y, λz. y z a",
    "(λx.λx. x) a, λx. x",
    "(λx.λy. x y) (x y), λz. x y z",
    "λx. (λy. y) x, λx. x",
    "a ((λx. x) b), a b",
    "(λx. a) ((λx. x x) (λx. x x)), a",
    "(λn.λf.λx. f (n f x)) (λf.λx. f (f x)), λf.λx. f (f (f x))",
  })
  void reachesTheNormalForm(String start, String normalForm) {
    assertThat(Reduction.of(Notation.parse(start), 100).normalForm()).hasToString(normalForm);
  }

  @Test
  void aTermWithoutNormalFormIsGivenUp() {
    assertThatThrownBy(() -> Reduction.of(Notation.parse("(λx. x x) (λx. x x)"), 10))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no normal form within 10 steps");
  }

  @Test
  void agreesWithAnIndependentEvaluatorOnRandomTerms() {
    long key = CounterRandom.key(2, "reduction");
    int reduced = 0;
    for (int i = 0; i < 5_000; i++) {
      Term term = NotationTest.randomTerm(CounterRandom.key(key, i), 5);
      Reduction reduction;
      try {
        reduction = Reduction.of(term, 30);
      } catch (IllegalStateException e) {
        continue; // no normal form nearby
      }
      String answer = reduction.normalForm().toString();
      assertThat(NamelessEvaluator.read(answer))
          .as("key %d, term %d: %s to %s", key, i, term, answer)
          .isEqualTo(NamelessEvaluator.normalForm(NamelessEvaluator.read(term.toString())));
      reduced += reduction.steps().isEmpty() ? 0 : 1;
    }
    assertThat(reduced).isGreaterThan(1_000);
  }
}
