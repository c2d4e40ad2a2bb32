package io.ghostmoe.tensor.cuda;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.ModelConfig;

/** Models that are measured; letters as in {@code tensor.Backend}. */
enum GpuWorkload {
  /** So small that the emulator can do it: for a rehearsal. */
  TINY(71, 16, 16, 2, 2, 3, 2, 32, 2),
  /** The small reference workload of the CPU's benchmarks: little but launches. */
  W0(50_257, 256, 32, 1, 2, 4, 2, 128, 4),
  /** The larger one. */
  W1(50_257, 256, 256, 4, 8, 8, 2, 1024, 8),
  /** GPT-2 small with eight experts a layer, two a token. */
  GPT2(50_257, 1024, 768, 12, 12, 8, 2, 3072, 8);

  final int vocabulary;
  final int length;
  final int width;
  final int layers;
  final int heads;
  final int experts;
  final int topK;
  final int hidden;
  final int rows;

  GpuWorkload(
      int vocabulary,
      int length,
      int width,
      int layers,
      int heads,
      int experts,
      int topK,
      int hidden,
      int rows) {
    this.vocabulary = vocabulary;
    this.length = length;
    this.width = width;
    this.layers = layers;
    this.heads = heads;
    this.experts = experts;
    this.topK = topK;
    this.hidden = hidden;
    this.rows = rows;
  }

  int tokens() {
    return rows * length;
  }

  int slots() {
    return tokens() * topK;
  }

  ModelConfig model() {
    return new ModelConfig(
        vocabulary, length, width, layers, heads, experts, topK, hidden, 0, 0.01f, 0);
  }

  /**
   * Floating-point operations of one training step that the model itself asks for: 6 a weight that
   * a token meets, and causal attention's 6·T·C a layer and token (Chowdhery et al. 2022, appendix
   * B).
   */
  double stepFlops() {
    double layer = 4.0 * width * width + 2.0 * topK * width * hidden + (double) width * experts;
    double weights = layers * layer + (double) vocabulary * width;
    return tokens() * (6 * weights + 6.0 * layers * length * width);
  }

  /** Windows of one document each, every target scored. */
  Batch batch() {
    int[] inputs = new int[tokens()];
    int[] targets = new int[tokens()];
    int[] positions = new int[tokens()];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = CounterRandom.below(1, i, vocabulary);
      targets[i] = CounterRandom.below(2, i, vocabulary);
      positions[i] = i % length;
    }
    return new Batch(
        rows, length, inputs, targets, new int[tokens()], positions, tokens(), tokens(), tokens());
  }
}
