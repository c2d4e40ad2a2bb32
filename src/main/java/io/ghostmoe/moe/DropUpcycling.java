package io.ghostmoe.moe;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.Backend;

/**
 * Makes a new expert of an old one: half of its hidden units are the parent's, the other half are
 * drawn anew with the mean and deviation of the parent's weights, so that the two can grow apart.
 * Source: Nakamura et al. 2025 (Drop-Upcycling), with a ratio of one half. The biases of new units
 * are 0.
 *
 * <p>The child comes with draws of its own from a normal distribution around 0; they are scaled, so
 * that its weights depend on the seed, its name and its parent alone.
 */
final class DropUpcycling {
  private final Backend backend;
  private final int width;
  private final boolean[] drawnAnew;

  /**
   * Chooses the units.
   *
   * @param prefix of the names of the layer's experts
   * @param child index of the new expert
   */
  DropUpcycling(ParameterRegistry registry, String prefix, int child, MoeConfig config) {
    backend = registry.backend();
    width = config.width();
    drawnAnew = new boolean[config.hidden()];
    long key = CounterRandom.key(registry.seed(), prefix + ".drop_upcycling", child);
    int[] order = CounterRandom.permutation(key, drawnAnew.length);
    for (int i = 0; i < drawnAnew.length / 2; i++) {
      drawnAnew[order[i]] = true;
    }
  }

  /** Shapes: both [F,C]; a unit is a row. */
  void upWeight(Parameter parent, Parameter child) {
    mix(parent, child, i -> drawnAnew[i / width]);
  }

  /** Shapes: both [F]; the child's new units keep the zero that it came with. */
  void upBias(Parameter parent, Parameter child) {
    float[] values = read(parent);
    for (int unit = 0; unit < values.length; unit++) {
      values[unit] = drawnAnew[unit] ? 0 : values[unit];
    }
    backend.write(values, child.value());
  }

  /** Shapes: both [C,F]; a unit is a column. */
  void downWeight(Parameter parent, Parameter child) {
    mix(parent, child, i -> drawnAnew[i % drawnAnew.length]);
  }

  /** Shapes: both [C]; it belongs to no unit. */
  void downBias(Parameter parent, Parameter child) {
    backend.write(read(parent), child.value());
  }

  private interface Elements {
    boolean areDrawnAnew(int index);
  }

  private void mix(Parameter parent, Parameter child, Elements elements) {
    float[] values = read(parent);
    float[] draws = read(child);
    Moments wanted = Moments.of(values);
    Moments drawn = Moments.of(draws);
    double scale = drawn.deviation == 0 ? 0 : wanted.deviation / drawn.deviation;
    for (int i = 0; i < values.length; i++) {
      if (elements.areDrawnAnew(i)) {
        values[i] = (float) (wanted.mean + (draws[i] - drawn.mean) * scale);
      }
    }
    backend.write(values, child.value());
  }

  private float[] read(Parameter parameter) {
    float[] values = new float[parameter.value().elements()];
    backend.read(parameter.value(), values);
    return values;
  }

  private record Moments(double mean, double deviation) {
    static Moments of(float[] values) {
      double sum = 0;
      for (float value : values) {
        sum += value;
      }
      double mean = sum / values.length;
      double squares = 0;
      for (float value : values) {
        squares += (value - mean) * (value - mean);
      }
      return new Moments(mean, Math.sqrt(squares / values.length));
    }
  }
}
