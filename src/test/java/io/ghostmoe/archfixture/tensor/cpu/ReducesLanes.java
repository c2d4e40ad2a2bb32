package io.ghostmoe.archfixture.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** A sum in whatever order the compiler likes. */
public final class ReducesLanes {
  float sum(FloatVector vector) {
    return vector.reduceLanes(VectorOperators.ADD);
  }

  /** Whole numbers may. */
  static final class OfIntegers {
    int sum(IntVector vector) {
      return vector.reduceLanes(VectorOperators.ADD);
    }
  }
}
