package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.ints;
import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.ExpertShapes;
import io.ghostmoe.tensor.OperationShapes;
import io.ghostmoe.tensor.Tensor;
import java.util.List;

/** What is measured and not learned: norms, and what experts and their layer do to tokens. */
final class ScalarStatistics {
  private ScalarStatistics() {}

  static void norm(List<Tensor> tensors, Tensor out) {
    OperationShapes.norm(tensors, out);
    reals(out).set(0, Math.sqrt(squares(tensors)));
  }

  static void norms(List<List<Tensor>> groups, Tensor out) {
    OperationShapes.norms(groups, out);
    for (int i = 0; i < groups.size(); i++) {
      reals(out).set(i, Math.sqrt(squares(groups.get(i))));
    }
  }

  private static double squares(List<Tensor> tensors) {
    double squares = 0;
    for (Tensor tensor : tensors) {
      for (int i = 0; i < tensor.elements(); i++) {
        double value = reals(tensor).get(i);
        squares += value * value;
      }
    }
    return squares;
  }

  static void expertUtility(
      Tensor y, Tensor gates, Tensor offsets, Tensor slotOfRow, Tensor utility) {
    ExpertShapes.expertUtility(y, gates, offsets, slotOfRow, utility);
    int experts = utility.dim(0);
    int slots = gates.elements();
    IndexChecks.offsets("expertUtility", ints(offsets), experts, slots);
    int rows = ints(offsets)[experts];
    IndexChecks.slotOfRow("expertUtility", ints(slotOfRow), rows, slots);
    for (int e = 0; e < experts; e++) {
      double sum = 0;
      for (int row = ints(offsets)[e]; row < ints(offsets)[e + 1]; row++) {
        sum += reals(gates).get(ints(slotOfRow)[row]) * Math.sqrt(product(y, y, row));
      }
      reals(utility).set(e, sum);
    }
  }

  static void expertSums(Tensor y, Tensor offsets, Tensor sums) {
    ExpertShapes.expertSums(y, offsets, sums);
    IndexChecks.offsets("expertSums", ints(offsets), sums.dim(0), y.dim(0));
    int width = y.dim(1);
    for (int i = 0; i < sums.elements(); i++) {
      int expert = i / width;
      double sum = 0;
      for (int row = ints(offsets)[expert]; row < ints(offsets)[expert + 1]; row++) {
        sum += reals(y).get(row * width + i % width);
      }
      reals(sums).set(i, sum);
    }
  }

  static void alignment(Tensor x, Tensor y, Tensor segments, Tensor out) {
    ExpertShapes.alignment(x, y, segments, out);
    IndexChecks.segments("alignment", ints(segments), segments.elements());
    double[] sums = new double[3];
    for (int n = 0; n < x.dim(0); n++) {
      if (ints(segments)[n] != -1) {
        sums[0] += product(x, y, n);
        sums[1] += product(x, x, n);
        sums[2] += product(y, y, n);
      }
    }
    for (int i = 0; i < sums.length; i++) {
      reals(out).set(i, sums[i]);
    }
  }

  /** ⟨x_row, y_row⟩. */
  private static double product(Tensor x, Tensor y, int row) {
    double sum = 0;
    for (int i = row * x.dim(1); i < (row + 1) * x.dim(1); i++) {
      sum += reals(x).get(i) * reals(y).get(i);
    }
    return sum;
  }
}
