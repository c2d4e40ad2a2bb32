package io.ghostmoe.archfixture.tensor.cpu;

import jdk.incubator.vector.FloatVector;

/** The JDK's power function. */
public final class TakesPowers {
  FloatVector apply(FloatVector vector) {
    return vector.pow(3);
  }
}
