package io.ghostmoe.train;

import io.ghostmoe.autograd.Tape;
import io.ghostmoe.data.batch.Batch;
import io.ghostmoe.model.TokenBatch;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;

/** Brings a batch to the device. */
final class DeviceBatch {
  private DeviceBatch() {}

  /** The same batch in memory that lives as long as the step. */
  static TokenBatch upload(Batch batch, Tape tape) {
    int n = batch.rows() * batch.length();
    return new TokenBatch(
        ints(tape, batch.inputs(), n),
        ints(tape, batch.positions(), n),
        ints(tape, batch.segments(), batch.rows(), batch.length()),
        ints(tape, batch.targets(), n));
  }

  private static Tensor ints(Tape tape, int[] values, int... dims) {
    Tensor tensor = tape.take(DType.I32, dims);
    tape.backend().write(values, tensor);
    return tensor;
  }
}
