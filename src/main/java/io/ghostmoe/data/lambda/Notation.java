package io.ghostmoe.data.lambda;

import java.util.ArrayList;
import java.util.List;

/**
 * How terms are written: {@code (λx.λy. y x) a (b c)}. Application associates to the left, an
 * abstraction reaches as far right as it can, and no parenthesis is printed that reading does not
 * need. A dot is followed by a space unless another λ follows: so GPT-2's tokenizer sees {@code λ}
 * as one token, and a variable in a body as one token that starts with its space.
 */
public final class Notation {
  private final String text;
  private int position;

  private Notation(String text) {
    this.text = text;
  }

  /** Writes {@code term}. */
  public static String print(Term term) {
    return switch (term) {
      case Term.Variable variable -> variable.name();
      case Term.Abstraction abstraction -> {
        String gap = abstraction.body() instanceof Term.Abstraction ? "" : " ";
        yield "λ" + abstraction.parameter() + "." + gap + print(abstraction.body());
      }
      case Term.Application application -> {
        Term function = application.function();
        Term argument = application.argument();
        String left =
            function instanceof Term.Abstraction ? "(" + print(function) + ")" : print(function);
        String right =
            argument instanceof Term.Variable ? print(argument) : "(" + print(argument) + ")";
        yield left + " " + right;
      }
    };
  }

  /**
   * Reads what {@link #print} writes; spaces are free, and parentheses may be redundant.
   *
   * @throws IllegalArgumentException naming the place where {@code text} stops being a term
   */
  public static Term parse(String text) {
    Notation reader = new Notation(text);
    Term term = reader.application();
    if (reader.position < text.length()) {
      throw reader.unexpected();
    }
    return term;
  }

  static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private Term application() {
    List<Term> parts = new ArrayList<>();
    skipSpaces();
    while (position < text.length() && text.charAt(position) != ')') {
      parts.add(part());
      skipSpaces();
    }
    if (parts.isEmpty()) {
      throw unexpected();
    }
    Term term = parts.getFirst();
    for (Term argument : parts.subList(1, parts.size())) {
      term = new Term.Application(term, argument);
    }
    return term;
  }

  private Term part() {
    char c = text.charAt(position);
    if (isLetter(c)) {
      return new Term.Variable(name());
    }
    if (c == '(') {
      position++;
      Term inner = application();
      expect(')');
      return inner;
    }
    expect('λ');
    String parameter = name();
    expect('.');
    return new Term.Abstraction(parameter, application());
  }

  private String name() {
    if (position == text.length() || !isLetter(text.charAt(position))) {
      throw unexpected();
    }
    return String.valueOf(text.charAt(position++));
  }

  private void expect(char wanted) {
    if (position == text.length() || text.charAt(position) != wanted) {
      throw unexpected();
    }
    position++;
  }

  private void skipSpaces() {
    while (position < text.length() && text.charAt(position) == ' ') {
      position++;
    }
  }

  private IllegalArgumentException unexpected() {
    String found = position == text.length() ? "the end" : "'" + text.charAt(position) + "'";
    return new IllegalArgumentException(
        "not a lambda term: \"" + text + "\" has " + found + " at column " + (position + 1));
  }
}
