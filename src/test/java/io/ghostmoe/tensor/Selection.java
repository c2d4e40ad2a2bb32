package io.ghostmoe.tensor;

import java.util.Arrays;

/**
 * What a router selects for a few tokens.
 *
 * @param experts [N,K]
 * @param gates [N,K]
 */
record Selection(int[] experts, float[] gates) {

  /** Of experts that are wide awake and no relatives. */
  static Selection of(Backend backend, int k, float[] bias, float[] scores) {
    int[] families = new int[bias.length];
    Arrays.setAll(families, e -> e);
    float[] activations = new float[bias.length];
    Arrays.fill(activations, 1);
    return of(backend, k, bias, families, activations, scores);
  }

  static Selection of(
      Backend backend, int k, float[] bias, int[] families, float[] activations, float[] scores) {
    Host host = new Host(backend);
    int awake = bias.length;
    int tokens = scores.length / awake;
    Tensor experts = host.intOutput(tokens, k);
    Tensor gates = host.output(tokens, k);
    backend.topK(
        host.floats(scores, tokens, awake),
        host.floats(bias, awake),
        host.ints(families, awake),
        host.floats(activations, awake),
        experts,
        gates);
    return new Selection(host.readInts(experts), host.read(gates));
  }
}
