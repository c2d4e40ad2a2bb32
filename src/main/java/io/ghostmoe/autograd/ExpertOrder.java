package io.ghostmoe.autograd;

import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/**
 * The slots of a batch sorted by expert. Not differentiable: it only says what lies where.
 *
 * @param offsets I32 [A+1]: expert e owns rows offsets[e] … offsets[e+1] − 1
 * @param slotOfRow I32 [S]
 * @param rowOfSlot I32 [N,K], −1 for padding
 */
public record ExpertOrder(Tensor offsets, Tensor slotOfRow, Tensor rowOfSlot) {

  /** Shapes: experts I32 [N,K] in [0, awake), segments I32 of N elements. */
  public static ExpertOrder of(Tape tape, Tensor experts, Tensor segments, int awake) {
    Tensor offsets = tape.take(DType.I32, awake + 1);
    Tensor slotOfRow = tape.take(DType.I32, experts.elements());
    Tensor rowOfSlot = tape.take(DType.I32, experts.dim(0), experts.dim(1));
    tape.backend().sortByExpert(experts, segments, offsets, slotOfRow, rowOfSlot);
    return new ExpertOrder(offsets, slotOfRow, rowOfSlot);
  }
}
