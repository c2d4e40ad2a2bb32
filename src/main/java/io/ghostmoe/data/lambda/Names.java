package io.ghostmoe.data.lambda;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What may be a variable's name, and which name to take where one would be captured. */
final class Names {
  /** In the order of preference. */
  private static final List<String> FRESH = List.of("x", "y", "z", "w", "v", "u", "t", "s");

  private Names() {}

  static void requireName(String name) {
    boolean isName = name.length() == 1 && Notation.isLetter(name.charAt(0));
    if (!isName) {
      throw new IllegalArgumentException(
          "variable '" + name + "': a name is one letter from a to z or A to Z");
    }
  }

  /** The first name of a fixed list that is not in {@code taken}. */
  static String freshName(Set<String> taken) {
    for (String name : FRESH) {
      if (!taken.contains(name)) {
        return name;
      }
    }
    throw new IllegalStateException("no fresh name left beside " + taken);
  }

  /**
   * See {@link Term#namelessForm}; {@code binders} are the enclosing parameters, innermost last.
   */
  static String nameless(Term term, List<String> binders) {
    return switch (term) {
      case Term.Variable variable -> {
        int binder = binders.lastIndexOf(variable.name());
        yield binder < 0 ? variable.name() : Integer.toString(binders.size() - 1 - binder);
      }
      case Term.Abstraction abstraction -> {
        List<String> inner = new ArrayList<>(binders);
        inner.add(abstraction.parameter());
        yield "λ" + nameless(abstraction.body(), inner);
      }
      case Term.Application application ->
          "("
              + nameless(application.function(), binders)
              + " "
              + nameless(application.argument(), binders)
              + ")";
    };
  }
}
