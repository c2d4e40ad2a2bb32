package io.ghostmoe.archfixture.model;

import io.ghostmoe.archfixture.tensor.Backend;

/** Keeps to every rule. */
public final class Model {
  final String[][] names = {};

  Model(Backend backend) {
    backend.operation();
  }
}
