package io.ghostmoe.archfixture.tensor;

import jdk.incubator.vector.FloatVector;

/** Vectors outside of the package for them. */
public record KnowsVectors(FloatVector vector) {}
