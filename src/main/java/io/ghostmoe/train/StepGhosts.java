package io.ghostmoe.train;

import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.LayerGhosts;
import java.util.List;
import java.util.function.Function;

/** Where the ghosts stand in one step, for its metrics; all of it is {@code [layer][ghost]}. */
record StepGhosts(
    List<List<String>> states, List<List<Double>> activations, List<List<Double>> learningRates) {

  /** Between the gradients and the update of a step: the update moves on to the next one. */
  static StepGhosts of(TrainingStep step, long index) {
    List<LayerGhosts> layers = step.ghosts().layers();
    return new StepGhosts(
        each(layers, ghost -> ghost.state().name()),
        each(layers, Ghost::activation),
        step.ghostLearningRates(index));
  }

  private static <T> List<List<T>> each(List<LayerGhosts> layers, Function<Ghost, T> value) {
    return layers.stream().map(layer -> layer.ghosts().stream().map(value).toList()).toList();
  }
}
