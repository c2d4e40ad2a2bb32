package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.ghostmoe.archfixture.base.KnowsTensor;
import io.ghostmoe.archfixture.data.KnowsPicocli;
import io.ghostmoe.archfixture.model.Model;
import io.ghostmoe.archfixture.optim.KnowsModel;
import io.ghostmoe.archfixture.tensor.Backend;
import io.ghostmoe.archfixture.tensor.ExpertOperations;
import io.ghostmoe.archfixture.tensor.KnowsVectors;
import io.ghostmoe.archfixture.tensor.cpu.ReducesLanes;
import io.ghostmoe.archfixture.tensor.cpu.TakesExponentials;
import io.ghostmoe.archfixture.tensor.cpu.TakesPowers;
import io.ghostmoe.archfixture.train.EndsTheProcess;
import io.ghostmoe.archfixture.train.HaltsTheProcess;
import io.ghostmoe.archfixture.train.HasAMutableStatic;
import io.ghostmoe.archfixture.train.HoldsAStaticCounter;
import io.ghostmoe.archfixture.train.LogsByTheJdk;
import io.ghostmoe.archfixture.train.Prints;
import io.ghostmoe.archfixture.train.PrintsAStackTrace;
import io.ghostmoe.archfixture.unlisted.InNoRow;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import jdk.incubator.vector.VectorOperators;
import org.junit.jupiter.api.Test;

/** Every rule finds exactly the fixtures that break it. */
class ArchitectureRulesTest {
  private static final String ROOT = "io.ghostmoe.archfixture";

  private final ArchitectureRules rules = new ArchitectureRules(ROOT);
  private final JavaClasses fixtures = new ClassFileImporter().importPackages(ROOT);

  @Test
  void upwardForeignAndUnlistedImportsBreakTheTable() {
    assertThat(offenders(rules.packagesKnowOnlyWhatTheTableAllows()))
        .isEqualTo(
            names(
                KnowsTensor.class,
                KnowsModel.class,
                KnowsPicocli.class,
                KnowsVectors.class,
                InNoRow.class));
  }

  @Test
  void endingTheProcessIsFoundOutsideOfTheCommandLine() {
    assertThat(offenders(rules.onlyTheCommandLineEndsTheProcess()))
        .isEqualTo(names(EndsTheProcess.class, HaltsTheProcess.class));
  }

  @Test
  void printingIsFoundOutsideOfTheCommandLine() {
    assertThat(offenders(rules.onlyTheCommandLinePrints())).isEqualTo(names(Prints.class));
  }

  @Test
  void aPrintedStackTraceIsFound() {
    assertThat(offenders(rules.nobodyPrintsAStackTrace()))
        .isEqualTo(names(PrintsAStackTrace.class));
  }

  @Test
  void theJdksLoggingIsFound() {
    assertThat(offenders(rules.nobodyUsesJavaUtilLogging())).isEqualTo(names(LogsByTheJdk.class));
  }

  @Test
  void staticStateIsFoundInFieldsAndInHolders() {
    assertThat(offenders(rules.noStaticStateChanges()))
        .isEqualTo(names(HasAMutableStatic.class, HoldsAStaticCounter.class));
  }

  @Test
  void reducedFloatLanesAreFound() {
    assertThat(offenders(rules.floatLanesAreAddedInAFixedOrder()))
        .isEqualTo(names(ReducesLanes.class));
  }

  @Test
  void transcendentalLanesAreFound() {
    assertThat(offenders(rules.transcendentalFunctionsAreOurOwn()))
        .isEqualTo(names(TakesExponentials.class, TakesPowers.class));
  }

  @Test
  void aDefaultMethodOfTheBackendIsFound() {
    assertThat(offenders(rules.theBackendHasNoDefaultMethods()))
        .isEqualTo(names(Backend.class, ExpertOperations.class));
  }

  @Test
  void everyForbiddenOperatorExists() {
    assertThat(Arrays.stream(VectorOperators.class.getFields()).map(field -> field.getName()))
        .containsAll(ArchitectureRules.TRANSCENDENTAL);
  }

  @Test
  void theFixturesHoldCleanClassesToo() {
    assertThat(fixtures.contain(Model.class)).isTrue();
    assertThat(fixtures.contain(ROOT + ".cli.EndsAndPrints")).isTrue();
  }

  /** The fixtures whose name a violation begins with or is told of. */
  private Set<String> offenders(ArchRule rule) {
    Set<String> found = new TreeSet<>();
    for (String violation : rule.evaluate(fixtures).getFailureReport().getDetails()) {
      int start = violation.indexOf(ROOT);
      String rest = violation.substring(start);
      found.add(rest.replaceFirst("[^A-Za-z.].*", "").replaceFirst("(\\.[A-Z]\\w*)\\..*", "$1"));
    }
    return found;
  }

  private static Set<String> names(Class<?>... classes) {
    Set<String> names = new TreeSet<>();
    for (Class<?> type : classes) {
      names.add(type.getName());
    }
    return names;
  }
}
