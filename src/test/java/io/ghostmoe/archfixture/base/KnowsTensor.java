package io.ghostmoe.archfixture.base;

import io.ghostmoe.archfixture.tensor.Backend;

/** The lowest package knows another one. */
public record KnowsTensor(Backend backend) {}
