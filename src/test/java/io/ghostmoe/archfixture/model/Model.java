package io.ghostmoe.archfixture.model;

import io.ghostmoe.archfixture.tensor.Backend;

/** Keeps to every rule. */
public record Model(Backend backend, String[][] names) {}
