package io.ghostmoe.bench;

import io.ghostmoe.model.ModelConfig;

/** The reference workloads; letters as in {@code tensor.Backend}. */
public enum Workload {
  /** A narrow model, whose step is its head's. */
  W0(4, 256, 32, 1, 2, 4, 2, 128),
  /** A wider one, whose step is matrix products. */
  W1(8, 256, 256, 4, 8, 8, 2, 1024);

  static final int VOCABULARY = 50_257;

  final int rows;
  final int length;
  final int width;
  final int layers;
  final int heads;
  final int experts;
  final int topK;
  final int hidden;

  Workload(
      int rows, int length, int width, int layers, int heads, int experts, int topK, int hidden) {
    this.rows = rows;
    this.length = length;
    this.width = width;
    this.layers = layers;
    this.heads = heads;
    this.experts = experts;
    this.topK = topK;
    this.hidden = hidden;
  }

  int tokens() {
    return rows * length;
  }

  int slots() {
    return tokens() * topK;
  }

  ModelConfig model() {
    return new ModelConfig(
        VOCABULARY, length, width, layers, heads, experts, topK, hidden, 0, 0, 0);
  }
}
