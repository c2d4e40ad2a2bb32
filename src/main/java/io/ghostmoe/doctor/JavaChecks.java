package io.ghostmoe.doctor;

import java.lang.module.ModuleFinder;
import java.util.OptionalInt;

/** The Java that runs this. */
final class JavaChecks {
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  private JavaChecks() {}

  /** An older one would not have loaded this class. */
  static Check version() {
    return Check.ok(
        "java",
        "%s, %s, in %s"
            .formatted(
                Runtime.version(),
                System.getProperty("java.vendor"),
                System.getProperty("java.home")));
  }

  /** Whether this Java has the module, loaded or not. */
  static boolean hasVectorModule() {
    return ModuleFinder.ofSystem().find(VECTOR_MODULE).isPresent();
  }

  /**
   * The width of vectors that the Vector API prefers here.
   *
   * @param bits none where its module is not loaded
   * @param installed whether this Java has the module
   */
  static Check vectors(OptionalInt bits, boolean installed) {
    if (bits.isPresent()) {
      return Check.ok(
          "vectors",
          "%d bits, %d numbers at once".formatted(bits.getAsInt(), bits.getAsInt() / Float.SIZE));
    }
    return Check.warn(
        "vectors",
        "missing: without the module %s training is many times slower".formatted(VECTOR_MODULE),
        installed
            ? "start java with --add-modules %s, as the launcher ghostmoe does"
                .formatted(VECTOR_MODULE)
            : "install a whole JDK, this one was cut down, and set JAVA_HOME to its folder");
  }
}
