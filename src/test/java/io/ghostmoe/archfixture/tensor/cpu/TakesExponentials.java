package io.ghostmoe.archfixture.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The JDK's exponential function. */
public final class TakesExponentials {
  FloatVector apply(FloatVector vector) {
    return vector.lanewise(VectorOperators.EXP);
  }

  /** The square root is rounded correctly everywhere. */
  static final class TakesRoots {
    FloatVector apply(FloatVector vector) {
      return vector.lanewise(VectorOperators.SQRT);
    }
  }
}
