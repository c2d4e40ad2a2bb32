package io.ghostmoe.moe.ghost;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The lives of a run's ghosts under signals that a test makes up. */
record Life(GhostConfig config, List<GhostPolicy.Decision> decisions) {

  /** The saturation that the decision for a step sees. */
  interface Saturation {
    double of(int layer, long step);
  }

  /** All steps of a run; the most useful primary is {@code (layer + step) mod E}. */
  static Life of(GhostConfig config, int layers, Saturation saturation) {
    GhostPolicy policy = new GhostPolicy(config);
    List<GhostPolicy.Decision> decisions = new ArrayList<>();
    List<LayerGhosts> ghosts = Collections.nCopies(layers, LayerGhosts.dormant(config.ghosts()));
    for (long step = 0; step < config.maxSteps(); step++) {
      List<LayerSignal> signals = new ArrayList<>();
      for (int layer = 0; layer < layers; layer++) {
        int useful = (int) ((layer + step) % config.primaries());
        signals.add(new LayerSignal(saturation.of(layer, step), useful));
      }
      decisions.add(policy.decide(ghosts, signals, step));
      ghosts = decisions.getLast().layers();
    }
    return new Life(config, decisions);
  }

  Ghost ghost(int layer, int index, long step) {
    return decisions.get((int) step).layers().get(layer).ghosts().get(index);
  }

  /** All wakes, in the order of their steps. */
  List<Wake> wakes() {
    return decisions.stream().flatMap(decision -> decision.wakes().stream()).toList();
  }

  /** The steps at which ghosts of a layer wake, from 0. */
  List<Long> wakeSteps(int layer) {
    return wakes().stream().filter(wake -> wake.layer() == layer).map(Wake::step).toList();
  }

  /** The activations of a layer's ghost from its wake on. */
  List<Double> ramp(int layer, int index) {
    return decisions.stream()
        .map(decision -> decision.layers().get(layer).ghosts().get(index))
        .filter(Ghost::isAwake)
        .map(Ghost::activation)
        .toList();
  }
}
