package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.ScalarBuffer.ints;
import static io.ghostmoe.tensor.cpu.ScalarBuffer.reals;

import io.ghostmoe.tensor.ExpertShapes;
import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cpu.ScalarBuffer.Reals;
import java.util.List;

/** The way of tokens to their experts and back, and the experts' dense layers. */
final class ScalarExperts {
  private ScalarExperts() {}

  static void sortByExpert(
      Tensor experts, Tensor segments, Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {
    ExpertShapes.sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
    int awake = offsets.dim(0) - 1;
    int slots = experts.elements();
    int k = experts.dim(1);
    IndexChecks.experts("sortByExpert", ints(experts), slots, awake);
    IndexChecks.segments("sortByExpert", ints(segments), segments.elements());
    int row = 0;
    for (int e = 0; e < awake; e++) {
      ints(offsets)[e] = row;
      for (int slot = 0; slot < slots; slot++) {
        boolean padding = ints(segments)[slot / k] == -1;
        if (padding) {
          ints(rowOfSlot)[slot] = -1;
        } else if (ints(experts)[slot] == e) {
          ints(slotOfRow)[row] = slot;
          ints(rowOfSlot)[slot] = row++;
        }
      }
    }
    ints(offsets)[awake] = row;
  }

  static void dispatch(Tensor x, Tensor offsets, Tensor slotOfRow, Tensor out) {
    ExpertShapes.dispatch(x, offsets, slotOfRow, out);
    int slots = slotOfRow.dim(0);
    int rows = rows("dispatch", offsets, slots);
    IndexChecks.slotOfRow("dispatch", ints(slotOfRow), rows, slots);
    int width = x.dim(1);
    for (int row = 0; row < rows; row++) {
      int token = ints(slotOfRow)[row] / (slots / x.dim(0));
      for (int c = 0; c < width; c++) {
        reals(out).set(row * width + c, reals(x).get(token * width + c));
      }
    }
  }

  static void dispatchBackward(Tensor dOut, Tensor rowOfSlot, boolean accumulate, Tensor dX) {
    ExpertShapes.dispatchBackward(dOut, rowOfSlot, dX);
    IndexChecks.rowOfSlot("dispatchBackward", ints(rowOfSlot), rowOfSlot.elements());
    int k = rowOfSlot.dim(1);
    int width = dX.dim(1);
    for (int i = 0; i < dX.elements(); i++) {
      double sum = accumulate ? reals(dX).get(i) : 0;
      int token = i / width;
      for (int slot = token * k; slot < (token + 1) * k; slot++) {
        int row = ints(rowOfSlot)[slot];
        sum += row == -1 ? 0 : reals(dOut).get(row * width + i % width);
      }
      reals(dX).set(i, sum);
    }
  }

  static void groupedLinear(
      Tensor x, Tensor offsets, List<Tensor> weights, List<Tensor> biases, Tensor out) {
    ExpertShapes.groupedLinear(x, offsets, weights, biases, out);
    rows("groupedLinear", offsets, x.dim(0));
    int[] bounds = ints(offsets);
    for (int e = 0; e < weights.size(); e++) {
      ScalarDense.linearRows(x, weights.get(e), biases.get(e), bounds[e], bounds[e + 1], out);
    }
  }

  static void groupedLinearBackwardInput(
      Tensor dOut, Tensor offsets, List<Tensor> weights, Tensor dX) {
    ExpertShapes.groupedLinearBackwardInput(dOut, offsets, weights, dX);
    rows("groupedLinearBackwardInput", offsets, dOut.dim(0));
    int[] bounds = ints(offsets);
    for (int e = 0; e < weights.size(); e++) {
      ScalarDense.inputRows(dOut, weights.get(e), false, bounds[e], bounds[e + 1], dX);
    }
  }

  static void groupedLinearBackwardParameters(
      Tensor x, Tensor dOut, Tensor offsets, List<Tensor> dWeights, List<Tensor> dBiases) {
    ExpertShapes.groupedLinearBackwardParameters(x, dOut, offsets, dWeights, dBiases);
    rows("groupedLinearBackwardParameters", offsets, x.dim(0));
    int[] bounds = ints(offsets);
    for (int e = 0; e < dWeights.size(); e++) {
      ScalarDense.parameterRows(x, dOut, bounds[e], bounds[e + 1], dWeights.get(e), dBiases.get(e));
    }
  }

  static void combine(Tensor y, Tensor gates, Tensor rowOfSlot, Tensor out) {
    ExpertShapes.combine(y, gates, rowOfSlot, out);
    IndexChecks.rowOfSlot("combine", ints(rowOfSlot), rowOfSlot.elements());
    int k = gates.dim(1);
    int width = out.dim(1);
    for (int i = 0; i < out.elements(); i++) {
      double sum = 0;
      int token = i / width;
      for (int slot = token * k; slot < (token + 1) * k; slot++) {
        int row = ints(rowOfSlot)[slot];
        sum += row == -1 ? 0 : reals(gates).get(slot) * reals(y).get(row * width + i % width);
      }
      reals(out).set(i, sum);
    }
  }

  static void combineBackward(
      Tensor y, Tensor gates, Tensor rowOfSlot, Tensor dOut, Tensor dY, Tensor dGates) {
    ExpertShapes.combineBackward(y, gates, rowOfSlot, dOut, dY, dGates);
    IndexChecks.rowOfSlot("combineBackward", ints(rowOfSlot), rowOfSlot.elements());
    int k = gates.dim(1);
    int width = y.dim(1);
    Reals upstream = reals(dOut);
    for (int slot = 0; slot < gates.elements(); slot++) {
      int row = ints(rowOfSlot)[slot];
      double product = 0;
      for (int c = 0; row != -1 && c < width; c++) {
        double above = upstream.get(slot / k * width + c);
        product += reals(y).get(row * width + c) * above;
        reals(dY).set(row * width + c, reals(gates).get(slot) * above);
      }
      reals(dGates).set(slot, product);
    }
  }

  /** How many rows the experts own together, the offsets checked. */
  private static int rows(String operation, Tensor offsets, int slots) {
    int awake = offsets.dim(0) - 1;
    IndexChecks.offsets(operation, ints(offsets), awake, slots);
    return ints(offsets)[awake];
  }
}
