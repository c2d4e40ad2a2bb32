package io.ghostmoe.data.lambda;

import io.ghostmoe.base.CounterRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes exercises from a seed: as many of each {@link ExerciseFamily}, no two of them equal up to
 * the names of bound variables, and every run of twenty rows shuffled from all twenty families.
 */
public final class ExerciseGenerator {
  /** No template binds one of these. */
  private static final List<String> LETTERS = List.of("a", "b", "c", "d", "e", "k", "m", "n");

  /** A family that yields nothing new so often has been used up. */
  private static final int MAX_ATTEMPTS = 10_000;

  private final long key;
  private final Set<String> seen = new HashSet<>();
  private long draws;

  private ExerciseGenerator(long seed) {
    this.key = CounterRandom.key(seed, "lambda exercises");
  }

  /**
   * The exercises of {@code seed}, in the order of the file.
   *
   * @throws IllegalArgumentException if {@code count} is negative, or larger than what the families
   *     hold
   */
  public static List<Exercise> generate(long seed, int count) {
    if (count < 0) {
      throw new IllegalArgumentException("count " + count + ": must not be negative");
    }
    ExerciseGenerator generator = new ExerciseGenerator(seed);
    List<Exercise> exercises = new ArrayList<>(count);
    for (int round = 0; exercises.size() < count; round++) {
      List<ExerciseFamily> families = new ArrayList<>(ExerciseFamily.ALL);
      generator.shuffle(families);
      int missing = Math.min(families.size(), count - exercises.size());
      for (ExerciseFamily family : families.subList(0, missing)) {
        exercises.add(generator.next(family, round));
      }
    }
    return exercises;
  }

  /** Templates take turns, so that each recurs often enough to be learned. */
  private Exercise next(ExerciseFamily family, int round) {
    List<Term> templates = family.templates();
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Term template = templates.get((round + attempt) % templates.size());
      Term term = fill(template, arguments());
      if (seen.add(term.namelessForm())) {
        return Exercise.of(term);
      }
    }
    throw new IllegalArgumentException(
        "family '"
            + family.name()
            + "' has no exercise left after "
            + round
            + ": ask for fewer rows");
  }

  /** A letter for each capital letter, no letter twice. */
  private Map<String, Term> arguments() {
    List<String> letters = new ArrayList<>(LETTERS);
    shuffle(letters);
    return Map.of(
        "A", new Term.Variable(letters.get(0)),
        "B", new Term.Variable(letters.get(1)),
        "C", new Term.Variable(letters.get(2)));
  }

  /** Nothing can be captured here: see {@link #LETTERS}. */
  private static Term fill(Term template, Map<String, Term> arguments) {
    return switch (template) {
      case Term.Variable variable -> arguments.getOrDefault(variable.name(), variable);
      case Term.Abstraction(String parameter, Term body) ->
          new Term.Abstraction(parameter, fill(body, arguments));
      case Term.Application(Term function, Term argument) ->
          new Term.Application(fill(function, arguments), fill(argument, arguments));
    };
  }

  private void shuffle(List<?> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      Collections.swap(list, i, below(i + 1));
    }
  }

  private int below(int bound) {
    return CounterRandom.below(key, draws++, bound);
  }
}
