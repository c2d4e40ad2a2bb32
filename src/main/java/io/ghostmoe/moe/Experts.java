package io.ghostmoe.moe;

import io.ghostmoe.autograd.Gelu;
import io.ghostmoe.autograd.GroupedLinear;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.autograd.Tape;
import io.ghostmoe.autograd.Variable;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The awake experts of a layer, each a two-layer perceptron with an array of its own: {@code down ·
 * gelu(up · x)}.
 */
final class Experts {
  private final ParameterRegistry registry;
  private final String prefix;
  private final MoeConfig config;
  private final double residualDeviation;
  private final List<Parameter> upWeights = new ArrayList<>();
  private final List<Parameter> upBiases = new ArrayList<>();
  private final List<Parameter> downWeights = new ArrayList<>();
  private final List<Parameter> downBiases = new ArrayList<>();

  Experts(ParameterRegistry registry, String prefix, MoeConfig config, double residualDeviation) {
    this.registry = registry;
    this.prefix = prefix;
    this.config = config;
    this.residualDeviation = residualDeviation;
    for (int e = 0; e < config.experts(); e++) {
      add();
    }
  }

  /** One more expert, its weights drawn as at the start of a run. */
  void add() {
    int e = awake();
    int c = config.width();
    int f = config.hidden();
    upWeights.add(registry.normalExpert(prefix + ".up.weight", e, Router.DEVIATION, true, f, c));
    upBiases.add(registry.constantExpert(prefix + ".up.bias", e, 0, f));
    downWeights.add(
        registry.normalExpert(prefix + ".down.weight", e, residualDeviation, true, c, f));
    downBiases.add(registry.constantExpert(prefix + ".down.bias", e, 0, c));
  }

  /** One more expert, made of an older one. */
  void addClone(int parent) {
    add();
    DropUpcycling upcycling = new DropUpcycling(registry, prefix, awake() - 1, config);
    upcycling.upWeight(upWeights.get(parent), upWeights.getLast());
    upcycling.upBias(upBiases.get(parent), upBiases.getLast());
    upcycling.downWeight(downWeights.get(parent), downWeights.getLast());
    upcycling.downBias(downBiases.get(parent), downBiases.getLast());
  }

  int awake() {
    return upWeights.size();
  }

  /** What an expert has learned: up and down, weights and biases. */
  List<Parameter> of(int expert) {
    return List.of(
        upWeights.get(expert),
        upBiases.get(expert),
        downWeights.get(expert),
        downBiases.get(expert));
  }

  /** Shapes: rows [S,C] sorted by expert, offsets I32 [A+1]; returns [S,C]. */
  Variable forward(Tape tape, Variable rows, Tensor offsets) {
    Variable hidden =
        Gelu.apply(tape, GroupedLinear.apply(tape, rows, offsets, upWeights, upBiases));
    return GroupedLinear.apply(tape, hidden, offsets, downWeights, downBiases);
  }
}
