package io.ghostmoe;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;

/** What the code must keep to, for the engine and for the fixtures that break it on purpose. */
final class ArchitectureRules {
  /** Compiled code rounds these otherwise than interpreted code does (the square root is exact). */
  static final Set<String> TRANSCENDENTAL =
      Set.of(
          "ACOS", "ASIN", "ATAN", "ATAN2", "CBRT", "COS", "COSH", "EXP", "EXPM1", "HYPOT", "LOG",
          "LOG10", "LOG1P", "POW", "SIN", "SINH", "TAN", "TANH");

  private static final Set<String> FLOAT_VECTORS =
      Set.of(
          "jdk.incubator.vector.FloatVector",
          "jdk.incubator.vector.DoubleVector",
          "jdk.incubator.vector.Vector");

  private static final Set<String> MUTABLE_HOLDERS =
      Set.of(
          "java.lang.StringBuilder",
          "java.lang.ThreadLocal",
          "java.util.Random",
          "java.util.concurrent.atomic.AtomicBoolean",
          "java.util.concurrent.atomic.AtomicInteger",
          "java.util.concurrent.atomic.AtomicLong",
          "java.util.concurrent.atomic.AtomicReference",
          "java.util.concurrent.atomic.LongAdder");

  private final String root;
  private final PackageTable table = new PackageTable();

  ArchitectureRules(String root) {
    this.root = root;
  }

  ArchRule packagesKnowOnlyWhatTheTableAllows() {
    return classes()
        .should(
            new ArchCondition<>("know only what the package table allows") {
              @Override
              public void check(JavaClass origin, ConditionEvents events) {
                checkDependencies(origin, events);
              }
            })
        .allowEmptyShould(true);
  }

  private void checkDependencies(JavaClass origin, ConditionEvents events) {
    if (table.rowOf(relative(origin.getPackageName())).isEmpty()) {
      String message = origin.getName() + " is in a package that the table does not list";
      events.add(SimpleConditionEvent.violated(origin, message));
      return;
    }
    for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
      JavaClass target = dependency.getTargetClass().getBaseComponentType();
      if (!target.isPrimitive() && !mayDepend(origin.getPackageName(), target.getPackageName())) {
        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
      }
    }
  }

  private boolean mayDepend(String from, String to) {
    String row = table.rowOf(relative(from)).orElseThrow();
    if (PackageTable.startsWith(to, root)) {
      return table.rowOf(relative(to)).filter(other -> table.mayKnow(row, other)).isPresent();
    }
    return PackageTable.isJdk(to)
        || to.equals("org.jspecify.annotations")
        || table.mayUseLibrary(row, to);
  }

  private String relative(String packageName) {
    return packageName.equals(root) ? "" : packageName.substring(root.length() + 1);
  }

  ArchRule onlyTheCommandLineEndsTheProcess() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(root + ".cli..")
        .should()
        .callMethodWhere(
            calls("end the process", Set.of("java.lang.System", "java.lang.Runtime"), "exit")
                .or(calls("halt the process", Set.of("java.lang.Runtime"), "halt")))
        .allowEmptyShould(true);
  }

  ArchRule onlyTheCommandLinePrints() {
    return noClasses()
        .that()
        .resideOutsideOfPackage(root + ".cli..")
        .should()
        .accessFieldWhere(reads("the console", "java.lang.System", Set.of("out", "err")))
        .allowEmptyShould(true);
  }

  ArchRule nobodyPrintsAStackTrace() {
    return noClasses()
        .should()
        .callMethodWhere(
            describe(
                "print a stack trace",
                (JavaMethodCall call) ->
                    call.getName().equals("printStackTrace")
                        && call.getTargetOwner().isAssignableTo(Throwable.class)
                        && call.getTarget().getRawParameterTypes().isEmpty()))
        .allowEmptyShould(true);
  }

  ArchRule nobodyUsesJavaUtilLogging() {
    return noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.logging..")
        .allowEmptyShould(true);
  }

  ArchRule noStaticStateChanges() {
    return fields()
        .that()
        .areStatic()
        .and()
        .doNotHaveModifier(JavaModifier.SYNTHETIC)
        .should()
        .beFinal()
        .andShould(
            new ArchCondition<>("not hold a value made to change") {
              @Override
              public void check(JavaField field, ConditionEvents events) {
                boolean mutable = MUTABLE_HOLDERS.contains(field.getRawType().getName());
                String message = field.getFullName() + " holds a value made to change";
                events.add(new SimpleConditionEvent(field, !mutable, message));
              }
            })
        .allowEmptyShould(true);
  }

  ArchRule floatLanesAreAddedInAFixedOrder() {
    DescribedPredicate<JavaMethodCall> reduction =
        describe(
            "reduce the lanes of a float vector",
            call ->
                call.getName().startsWith("reduceLanes")
                    && FLOAT_VECTORS.contains(call.getTargetOwner().getName()));
    return noClasses()
        .should()
        .callMethodWhere(reduction)
        .because("store the lanes and add them in index order; for a maximum likewise")
        .allowEmptyShould(true);
  }

  ArchRule transcendentalFunctionsAreOurOwn() {
    return noClasses()
        .should()
        .accessFieldWhere(
            reads(
                "a transcendental operator",
                "jdk.incubator.vector.VectorOperators",
                TRANSCENDENTAL))
        .orShould()
        .callMethodWhere(calls("raise lanes to a power", FLOAT_VECTORS, "pow"))
        .allowEmptyShould(true);
  }

  ArchRule theBackendHasNoDefaultMethods() {
    return methods()
        .that()
        .areDeclaredInClassesThat()
        .haveFullyQualifiedName(root + ".tensor.Backend")
        .or()
        .areDeclaredInClassesThat()
        .haveFullyQualifiedName(root + ".tensor.ExpertOperations")
        .and()
        .areNotStatic()
        .should(
            new ArchCondition<>("be abstract") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                boolean isAbstract = method.getModifiers().contains(JavaModifier.ABSTRACT);
                String message = method.getFullName() + " has a body";
                events.add(new SimpleConditionEvent(method, isAbstract, message));
              }
            })
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaMethodCall> calls(
      String what, Set<String> owners, String method) {
    return describe(
        what,
        call -> call.getName().equals(method) && owners.contains(call.getTargetOwner().getName()));
  }

  private static DescribedPredicate<JavaFieldAccess> reads(
      String what, String owner, Set<String> names) {
    return describe(
        "read " + what,
        access ->
            access.getTargetOwner().getName().equals(owner) && names.contains(access.getName()));
  }
}
