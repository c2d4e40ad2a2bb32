package io.ghostmoe.data.lambda;

import java.util.List;
import java.util.stream.Stream;

/**
 * A kind of exercise, from one substitution to Church numerals.
 *
 * @param name for messages
 * @param templates terms whose capital letters stand for arguments, each filled with a free
 *     variable of its own
 */
record ExerciseFamily(String name, List<Term> templates) {
  static final List<ExerciseFamily> ALL =
      List.of(
          family("identity", "(λx. x) (A B)", "(λx. x) (λy. A y B)"),
          family("constant", "(λx. A) B", "(λx.λy. A) B C"),
          family("apply", "(λx. x A) B", "(λx. A x) B"),
          family("duplicate", "(λx. A x x) B", "(λx. x A x) B"),
          family("surround", "(λx. A x B) C", "(λx. A (x B)) C"),
          family("first", "(λx.λy. x) A B"),
          family("second", "(λx.λy. y) A B"),
          family("flip", "(λx.λy. y x) A B", "(λx.λy.λz. x z y) A B C"),
          family("compose", "(λf.λg.λx. f (g x)) A B C", "(λf.λg.λx. g (f x)) A B C"),
          family("partial", "(λx.λy. x A) B", "(λx.λy. y x A) B"),
          family("argument first", "A ((λx. x) B)", "A ((λx. x B) C)"),
          family("nested", "(λx. x A) ((λx. x) B)", "(λx. A x) ((λx. x B) C)"),
          family("under binder", "λx. (λy. y A B) x", "λx. (λy. A y B) x"),
          family("shadow", "(λx.λx. x A) B", "(λx. (λx. A x) x) B"),
          // The argument holds the name of the inner parameter, which has to take another.
          family("rename", "(λx.λy. x y A B) y", "(λx.λy. x A) (y B)"),
          // The argument has no normal form, and normal order never looks at it.
          family(
              "discard", "(λx. A B) ((λx. x x) (λx. x x))", "(λx.λy. y A) ((λx. x x) (λx. x x)) B"),
          family("conditional", "(λp. p A B) (λx.λy. x)", "(λp. p A B) (λx.λy. y)"),
          family(
              "negation", "(λp.λx.λy. p y x) (λx.λy. x) A B", "(λp.λx.λy. p y x) (λx.λy. y) A B"),
          family("pair", "(λp. p (λx.λy. x)) (λz. z A B)", "(λp. p (λx.λy. y)) (λz. z A B)"),
          family("numeral", "(λf.λx. f (f x)) A B", "(λf.λx. f (f (f x))) A B"));

  ExerciseFamily {
    templates = List.copyOf(templates);
  }

  private static ExerciseFamily family(String name, String... templates) {
    return new ExerciseFamily(name, Stream.of(templates).map(Notation::parse).toList());
  }
}
