package io.ghostmoe.data.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.CounterRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotationTest {
  @ParameterizedTest
  @CsvSource({
    "(λx.x)a, (λx. x) a",
    "(((a) b) (c d)), a b (c d)",
    "a (b) ((λx.(x)) c), a b ((λx. x) c)",
    "λx.(λy.(y x)), λx.λy. y x",
    "λx. x λy. y, λx. x (λy. y)",
  })
  void printsWithNoNeedlessParenthesis(String typed, String printed) {
    assertThat(Notation.parse(typed)).hasToString(printed);
  }

  @Test
  void everyTermIsReadBackAsItWasWritten() {
    long key = CounterRandom.key(1, "notation");
    for (int i = 0; i < 2_000; i++) {
      Term term = randomTerm(CounterRandom.key(key, i), 5);
      assertThat(Notation.parse(Notation.print(term)))
          .as("key %d, term %d", key, i)
          .isEqualTo(term);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "(", ")", "()", "a)", "(a", "λ", "λx", "λx.", "λ.x", "λxy. x", "a + b", "1"})
  void whatIsNoTermIsRefusedWithTheColumn(String text) {
    assertThatThrownBy(() -> Notation.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("not a lambda term: \".*\" has ('.'|the end) at column \\d+");
  }

  @ParameterizedTest
  @CsvSource({
    "λx. x, λy. y, true",
    "λx.λy. x, λy.λx. y, true",
    "λx.λy. x, λx.λy. y, false",
    "λx.λx. x, λx.λy. y, true",
    "λx. a, λx. b, false",
    "a (b c), a b c, false",
  })
  void namelessFormsAgreeExactlyUpToBoundNames(String left, String right, boolean equal) {
    boolean agree =
        Notation.parse(left).namelessForm().equals(Notation.parse(right).namelessForm());
    assertThat(agree).isEqualTo(equal);
  }

  static Term randomTerm(long key, int depth) {
    String name = "xyzab".substring(CounterRandom.below(key, 0, 5)).substring(0, 1);
    return switch (depth == 0 ? 0 : CounterRandom.below(key, 1, 4)) {
      case 0 -> new Term.Variable(name);
      case 1 -> new Term.Abstraction(name, randomTerm(CounterRandom.key(key, 1), depth - 1));
      default ->
          new Term.Application(
              randomTerm(CounterRandom.key(key, 2), depth - 1),
              randomTerm(CounterRandom.key(key, 3), depth - 1));
    };
  }
}
