package io.ghostmoe.data.lambda;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A term and its way to normal form in normal order: the leftmost outermost redex first, which
 * finds the normal form wherever there is one (Curry and Feys, "Combinatory Logic", 1958).
 *
 * @param steps the contractions in order, none where the term is in normal form already
 */
public record Reduction(Term start, List<Step> steps) {

  /** One contraction: {@code argument} took the place of {@code parameter}, which gave a term. */
  public record Step(String parameter, Term argument, Term result) {}

  public Reduction {
    steps = List.copyOf(steps);
  }

  /**
   * Reduces {@code start}.
   *
   * @throws IllegalStateException if there is no normal form within {@code maxSteps} steps
   */
  public static Reduction of(Term start, int maxSteps) {
    List<Step> steps = new ArrayList<>();
    Term term = start;
    for (Optional<Step> step = contract(term); step.isPresent(); step = contract(term)) {
      if (steps.size() == maxSteps) {
        throw new IllegalStateException(
            start + " has no normal form within " + maxSteps + " steps");
      }
      steps.add(step.get());
      term = step.get().result();
    }
    return new Reduction(start, steps);
  }

  /** The term that no step leads away from. */
  public Term normalForm() {
    return steps.isEmpty() ? start : steps.getLast().result();
  }

  private static Optional<Step> contract(Term term) {
    return switch (term) {
      case Term.Variable _ -> Optional.empty();
      case Term.Abstraction(String parameter, Term body) ->
          contract(body).map(step -> within(step, new Term.Abstraction(parameter, step.result())));
      case Term.Application(Term.Abstraction(String parameter, Term body), Term argument) ->
          Optional.of(new Step(parameter, argument, substitute(body, parameter, argument)));
      case Term.Application(Term function, Term argument) ->
          contract(function)
              .map(step -> within(step, new Term.Application(step.result(), argument)))
              .or(
                  () ->
                      contract(argument)
                          .map(
                              step -> within(step, new Term.Application(function, step.result()))));
    };
  }

  private static Step within(Step step, Term whole) {
    return new Step(step.parameter(), step.argument(), whole);
  }

  /** {@code term[name := value]}, renaming binders that would capture a free name of the value. */
  static Term substitute(Term term, String name, Term value) {
    return switch (term) {
      case Term.Variable variable -> variable.name().equals(name) ? value : term;
      case Term.Application(Term function, Term argument) ->
          new Term.Application(
              substitute(function, name, value), substitute(argument, name, value));
      case Term.Abstraction(String parameter, Term body) -> {
        if (parameter.equals(name) || !body.freeNames().contains(name)) {
          yield term;
        }
        Set<String> valueNames = value.freeNames();
        if (!valueNames.contains(parameter)) {
          yield new Term.Abstraction(parameter, substitute(body, name, value));
        }
        Set<String> taken = new HashSet<>(valueNames);
        taken.addAll(body.freeNames());
        String fresh = Names.freshName(taken);
        Term renamed = substitute(body, parameter, new Term.Variable(fresh));
        yield new Term.Abstraction(fresh, substitute(renamed, name, value));
      }
    };
  }
}
