package io.ghostmoe.archfixture.optim;

import io.ghostmoe.archfixture.model.Model;

/** Looks up the table, through an array. */
public final class KnowsModel {
  Model[] models = {};
}
