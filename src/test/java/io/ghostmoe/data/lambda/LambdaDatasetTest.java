package io.ghostmoe.data.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class LambdaDatasetTest {
  private static final Path FILE = Path.of("data/lambda_dataset.json");

  private static List<Exercise> committed() {
    return List.of(JsonMapper.builder().build().readValue(FILE, Exercise[].class));
  }

  private static String termOf(Exercise exercise) {
    assertThat(exercise.question()).startsWith("Reduce ");
    return exercise.question().substring("Reduce ".length());
  }

  @Test
  void theCommittedFileIsWhatTheGeneratorWrites(@TempDir Path folder) throws IOException {
    Path regenerated = folder.resolve("lambda_dataset.json");
    GenerateLambdaDataset.main(new String[] {regenerated.toString()});
    assertThat(regenerated).hasSameBinaryContentAs(FILE);
    assertThat(Files.readAllLines(FILE)).hasSize(1_000 + 2);
  }

  @Test
  void thousandExercisesAreDistinctUpToBoundNames() {
    Set<NamelessEvaluator.Node> questions = new HashSet<>();
    for (Exercise exercise : committed()) {
      assertThat(questions.add(NamelessEvaluator.read(termOf(exercise))))
          .as(exercise.question())
          .isTrue();
    }
    assertThat(questions).hasSize(1_000);
  }

  @Test
  void everyAnswerIsTheNormalFormByAnIndependentEvaluator() {
    for (Exercise exercise : committed()) {
      NamelessEvaluator.Node question = NamelessEvaluator.read(termOf(exercise));
      assertThat(NamelessEvaluator.read(exercise.answer()))
          .as("%s", exercise)
          .isEqualTo(NamelessEvaluator.normalForm(question))
          .isNotEqualTo(question);
    }
  }

  @Test
  void everyExplanationEndsWithTheAnswerAndEachStepHasTheSameNormalForm() {
    for (Exercise exercise : committed()) {
      NamelessEvaluator.Node answer = NamelessEvaluator.read(exercise.answer());
      String term = "";
      for (String step : exercise.explanation().split("; ", -1)) {
        assertThat(step).matches("[a-z] := .+ gives .+");
        term = step.substring(step.indexOf(" gives ") + " gives ".length());
        assertThat(NamelessEvaluator.normalForm(NamelessEvaluator.read(term)))
            .as("%s", exercise)
            .isEqualTo(answer);
      }
      assertThat(term).isEqualTo(exercise.answer());
    }
  }

  @Test
  void everyRunOfTwentyRowsHoldsEveryFamilyOnce() {
    List<Exercise> exercises = committed();
    int families = ExerciseFamily.ALL.size();
    for (int start = 0; start < exercises.size(); start += families) {
      Set<ExerciseFamily> found = new HashSet<>();
      for (Exercise exercise : exercises.subList(start, start + families)) {
        found.add(familyOf(Notation.parse(termOf(exercise))));
      }
      assertThat(found).as("rows from %d", start).hasSize(families);
    }
  }

  @Test
  void noQuestionIsLongerThanFortyTokens() {
    Encoding gpt2 = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.R50K_BASE);
    for (Exercise exercise : committed()) {
      assertThat(gpt2.countTokens(exercise.question())).as(exercise.question()).isLessThan(41);
    }
  }

  @Test
  void anotherSeedGivesOtherExercisesAndTheSameSeedTheSame() {
    List<Exercise> exercises = ExerciseGenerator.generate(1, 100);
    assertThat(ExerciseGenerator.generate(1, 100)).isEqualTo(exercises);
    assertThat(ExerciseGenerator.generate(1, 40)).isEqualTo(exercises.subList(0, 40));
    assertThat(ExerciseGenerator.generate(2, 100)).isNotEqualTo(exercises);
  }

  @Test
  void askingForMoreThanThereIsNamesTheFamilyThatRanOut() {
    assertThatThrownBy(() -> ExerciseGenerator.generate(1, 1_000_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("family '[a-z ]+' has no exercise left after \\d+: ask for fewer rows");
  }

  private static ExerciseFamily familyOf(Term term) {
    for (ExerciseFamily family : ExerciseFamily.ALL) {
      for (Term template : family.templates()) {
        if (matches(template, term, new HashMap<>())) {
          return family;
        }
      }
    }
    throw new AssertionError("no family has " + term);
  }

  private static boolean matches(Term template, Term term, Map<String, Term> arguments) {
    if (template instanceof Term.Variable(String name) && Character.isUpperCase(name.charAt(0))) {
      return term.toString().matches("[a-e kmn()]+")
          && term.equals(arguments.computeIfAbsent(name, _ -> term));
    }
    return switch (template) {
      case Term.Variable variable -> variable.equals(term);
      case Term.Abstraction(String parameter, Term body) ->
          term instanceof Term.Abstraction(String other, Term otherBody)
              && parameter.equals(other)
              && matches(body, otherBody, arguments);
      case Term.Application(Term function, Term argument) ->
          term instanceof Term.Application(Term otherFunction, Term otherArgument)
              && matches(function, otherFunction, arguments)
              && matches(argument, otherArgument, arguments);
    };
  }
}
