package io.ghostmoe.data.lambda;

import java.util.List;

/**
 * Kinds of exercise, from one substitution to Church numerals.
 *
 * <p>A template is a term in {@link Notation} whose capital letters stand for arguments; each is
 * filled with a free variable of its own, or, once in a while, with an application of two.
 */
public enum ExerciseFamily {
  IDENTITY("(λx. x) (A B)", "(λx. x) (λy. A y B)"),
  CONSTANT("(λx. A) B", "(λx.λy. A) B C"),
  APPLY("(λx. x A) B", "(λx. A x) B"),
  DUPLICATE("(λx. A x x) B", "(λx. x A x) B"),
  SURROUND("(λx. A x B) C", "(λx. A (x B)) C"),
  FIRST("(λx.λy. x) A B"),
  SECOND("(λx.λy. y) A B"),
  FLIP("(λx.λy. y x) A B", "(λx.λy.λz. x z y) A B C"),
  COMPOSE("(λf.λg.λx. f (g x)) A B C", "(λf.λg.λx. g (f x)) A B C"),
  PARTIAL("(λx.λy. x A) B", "(λx.λy. y x A) B"),
  ARGUMENT_FIRST("A ((λx. x) B)", "A ((λx. x B) C)"),
  NESTED("(λx. x A) ((λx. x) B)", "(λx. A x) ((λx. x B) C)"),
  UNDER_BINDER("λx. (λy. y A B) x", "λx. (λy. A y B) x"),
  SHADOW("(λx.λx. x A) B", "(λx. (λx. A x) x) B"),
  /** The argument holds the name of the inner parameter, which has to take another. */
  RENAME("(λx.λy. x y A B) y", "(λx.λy. x A) (y B)"),
  /** The argument has no normal form, and normal order never looks at it. */
  DISCARD("(λx. A B) ((λx. x x) (λx. x x))", "(λx.λy. y A) ((λx. x x) (λx. x x)) B"),
  CONDITIONAL("(λp. p A B) (λx.λy. x)", "(λp. p A B) (λx.λy. y)"),
  NEGATION("(λp.λx.λy. p y x) (λx.λy. x) A B", "(λp.λx.λy. p y x) (λx.λy. y) A B"),
  PAIR("(λp. p (λx.λy. x)) (λz. z A B)", "(λp. p (λx.λy. y)) (λz. z A B)"),
  NUMERAL("(λf.λx. f (f x)) A B", "(λf.λx. f (f (f x))) A B");

  private final List<Term> templates;

  ExerciseFamily(String... templates) {
    this.templates = List.of(templates).stream().map(Notation::parse).toList();
  }

  /** The terms, with capital letters where an argument goes. */
  public List<Term> templates() {
    return templates;
  }
}
