package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The engine keeps to its architecture; {@link ArchitectureRulesTest} shows that these can fail.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
  private final ArchitectureRules rules = new ArchitectureRules("io.ghostmoe");
  private JavaClasses engine;

  @BeforeAll
  void readTheClasses() {
    engine =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.ghostmoe");
    assertThat(engine.contain("io.ghostmoe.tensor.Backend")).isTrue();
  }

  @Test
  void packagesKnowOnlyWhatTheTableAllows() {
    rules.packagesKnowOnlyWhatTheTableAllows().check(engine);
  }

  @Test
  void onlyTheCommandLineEndsTheProcess() {
    rules.onlyTheCommandLineEndsTheProcess().check(engine);
  }

  @Test
  void onlyTheCommandLinePrints() {
    rules.onlyTheCommandLinePrints().check(engine);
  }

  @Test
  void nobodyPrintsAStackTrace() {
    rules.nobodyPrintsAStackTrace().check(engine);
  }

  @Test
  void nobodyUsesJavaUtilLogging() {
    rules.nobodyUsesJavaUtilLogging().check(engine);
  }

  @Test
  void noStaticStateChanges() {
    rules.noStaticStateChanges().check(engine);
  }

  @Test
  void floatLanesAreAddedInAFixedOrder() {
    rules.floatLanesAreAddedInAFixedOrder().check(engine);
  }

  @Test
  void transcendentalFunctionsAreOurOwn() {
    rules.transcendentalFunctionsAreOurOwn().check(engine);
  }

  @Test
  void theBackendHasNoDefaultMethods() {
    rules.theBackendHasNoDefaultMethods().check(engine);
  }
}
