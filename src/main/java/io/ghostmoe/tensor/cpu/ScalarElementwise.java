package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;

/** Operations that see one element at a time. */
final class ScalarElementwise {
  private static final double SLOPE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private ScalarElementwise() {}

  static void fill(Tensor out, double value) {
    OperationShapes.fill(out);
    Reals target = reals(out);
    for (int i = 0; i < out.elements(); i++) {
      target.set(i, value);
    }
  }

  static void copy(Tensor x, Tensor out) {
    OperationShapes.copy(x, out);
    Reals source = reals(x);
    Reals target = reals(out);
    for (int i = 0; i < x.elements(); i++) {
      target.set(i, source.get(i));
    }
  }

  static void add(Tensor a, Tensor b, Tensor out) {
    OperationShapes.add(a, b, out);
    Reals left = reals(a);
    Reals right = reals(b);
    Reals target = reals(out);
    for (int i = 0; i < a.elements(); i++) {
      target.set(i, left.get(i) + right.get(i));
    }
  }

  static void dropout(Tensor x, float rate, long key, Tensor out) {
    OperationShapes.dropout(x, rate, out);
    Reals source = reals(x);
    Reals target = reals(out);
    double scale = 1 / (1 - (double) rate);
    for (int i = 0; i < x.elements(); i++) {
      boolean kept = CounterRandom.uniform(key, i) >= rate;
      target.set(i, kept ? source.get(i) * scale : 0);
    }
  }

  static void gelu(Tensor x, Tensor out) {
    OperationShapes.gelu(x, out);
    Reals source = reals(x);
    Reals target = reals(out);
    for (int i = 0; i < x.elements(); i++) {
      double value = source.get(i);
      target.set(i, 0.5 * value * (1 + tanhOf(value)));
    }
  }

  static void geluBackward(Tensor x, Tensor dOut, Tensor dX) {
    OperationShapes.geluBackward(x, dOut, dX);
    Reals source = reals(x);
    Reals upstream = reals(dOut);
    Reals target = reals(dX);
    for (int i = 0; i < x.elements(); i++) {
      double value = source.get(i);
      double tanh = tanhOf(value);
      double inner = SLOPE * (1 + 3 * CUBIC * value * value);
      double slope = 0.5 * (1 + tanh) + 0.5 * value * (1 - tanh * tanh) * inner;
      target.set(i, upstream.get(i) * slope);
    }
  }

  private static double tanhOf(double value) {
    return Math.tanh(SLOPE * (value + CUBIC * value * value * value));
  }
}
