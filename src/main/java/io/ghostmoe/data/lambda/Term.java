package io.ghostmoe.data.lambda;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A term of the untyped lambda calculus; {@code toString} is its {@link Notation}. */
public sealed interface Term {

  /** An occurrence of a name, bound or free. */
  record Variable(String name) implements Term {
    public Variable {
      Names.requireName(name);
    }

    @Override
    public String toString() {
      return Notation.print(this);
    }
  }

  /** {@code λparameter. body}. */
  record Abstraction(String parameter, Term body) implements Term {
    public Abstraction {
      Names.requireName(parameter);
    }

    @Override
    public String toString() {
      return Notation.print(this);
    }
  }

  /** {@code function argument}. */
  record Application(Term function, Term argument) implements Term {
    @Override
    public String toString() {
      return Notation.print(this);
    }
  }

  /** The names that occur free. */
  default Set<String> freeNames() {
    return switch (this) {
      case Variable variable -> Set.of(variable.name());
      case Abstraction abstraction -> {
        Set<String> names = new HashSet<>(abstraction.body().freeNames());
        names.remove(abstraction.parameter());
        yield names;
      }
      case Application application -> {
        Set<String> names = new HashSet<>(application.function().freeNames());
        names.addAll(application.argument().freeNames());
        yield names;
      }
    };
  }

  /**
   * The same text for two terms exactly when they differ only in the names of bound variables: each
   * bound occurrence is written as its distance to its binder (de Bruijn, "Lambda calculus notation
   * with nameless dummies", 1972).
   */
  default String namelessForm() {
    return Names.nameless(this, List.of());
  }
}
