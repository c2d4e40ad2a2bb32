package io.ghostmoe.tensor.cpu;

import static io.ghostmoe.tensor.cpu.VectorMath.LANES;
import static io.ghostmoe.tensor.cpu.VectorMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Layer normalisation over rows; a task is a fixed block of rows. */
final class VectorLayerNorm {
  private static final int BLOCK = 64;

  private final WorkerPool pool;
  private final Workspace workspace;

  VectorLayerNorm(WorkerPool pool, Workspace workspace) {
    this.pool = pool;
    this.workspace = workspace;
  }

  void forward(
      int n,
      int width,
      float[] x,
      float[] gain,
      float[] bias,
      float epsilon,
      float[] out,
      float[] mean,
      float[] rstd) {
    pool.run(
        (n + BLOCK - 1) / BLOCK,
        (task, worker) -> {
          float[] scratch = workspace.tile(worker);
          int last = Math.min(n, (task + 1) * BLOCK);
          for (int row = task * BLOCK; row < last; row++) {
            int at = row * width;
            float mu = sum(x, at, width, scratch) / width;
            float variance = squares(x, at, width, mu, scratch) / width;
            float r = (float) (1 / Math.sqrt(variance + epsilon));
            normalise(x, at, width, mu, r, gain, bias, out);
            mean[row] = mu;
            rstd[row] = r;
          }
        });
  }

  private static float sum(float[] x, int at, int width, float[] scratch) {
    FloatVector sum = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      sum = sum.add(FloatVector.fromArray(SPECIES, x, at + i));
    }
    float tail = 0;
    for (; i < width; i++) {
      tail += x[at + i];
    }
    return VectorMath.sum(sum, scratch) + tail;
  }

  private static float squares(float[] x, int at, int width, float mean, float[] scratch) {
    FloatVector sum = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector d = FloatVector.fromArray(SPECIES, x, at + i).sub(mean);
      sum = d.fma(d, sum);
    }
    float tail = 0;
    for (; i < width; i++) {
      float d = x[at + i] - mean;
      tail = Math.fma(d, d, tail);
    }
    return VectorMath.sum(sum, scratch) + tail;
  }

  private static void normalise(
      float[] x,
      int at,
      int width,
      float mean,
      float rstd,
      float[] gain,
      float[] bias,
      float[] out) {
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, x, at + i)
          .sub(mean)
          .mul(rstd)
          .fma(FloatVector.fromArray(SPECIES, gain, i), FloatVector.fromArray(SPECIES, bias, i))
          .intoArray(out, at + i);
    }
    for (; i < width; i++) {
      out[at + i] = Math.fma((x[at + i] - mean) * rstd, gain[i], bias[i]);
    }
  }

  void backward(
      int n,
      int width,
      float[] x,
      float[] gain,
      float[] mean,
      float[] rstd,
      float[] dOut,
      boolean accumulate,
      float[] dX,
      float[] dGain,
      float[] dBias) {
    int blocks = (n + BLOCK - 1) / BLOCK;
    // each block of rows sums into a slot of its own, then the slots are added in their order
    float[] slots = workspace.shared(Workspace.Use.PARTIALS, blocks * 2 * width);
    pool.run(
        blocks,
        (task, worker) -> {
          int slot = task * 2 * width;
          Arrays.fill(slots, slot, slot + 2 * width, 0f);
          float[] scratch = workspace.ofWorker(worker, LANES);
          int last = Math.min(n, (task + 1) * BLOCK);
          for (int row = task * BLOCK; row < last; row++) {
            backwardRow(
                row * width,
                width,
                x,
                gain,
                mean[row],
                rstd[row],
                dOut,
                accumulate,
                dX,
                slots,
                slot,
                scratch);
          }
        });
    for (int block = 0; block < blocks; block++) {
      int slot = block * 2 * width;
      VectorMath.axpy(1, slots, slot, dGain, 0, width);
      VectorMath.axpy(1, slots, slot + width, dBias, 0, width);
    }
  }

  /** dX = rstd·(g − mean(g) − x̂·mean(g·x̂)) with g = dOut·gain, x̂ the normalised input. */
  private static void backwardRow(
      int at,
      int width,
      float[] x,
      float[] gain,
      float mean,
      float rstd,
      float[] dOut,
      boolean accumulate,
      float[] dX,
      float[] slots,
      int slot,
      float[] scratch) {
    FloatVector sumG = FloatVector.zero(SPECIES);
    FloatVector sumGx = sumG;
    int i = 0;
    for (; i <= width - LANES; i += LANES) {
      FloatVector d = FloatVector.fromArray(SPECIES, dOut, at + i);
      FloatVector xHat = FloatVector.fromArray(SPECIES, x, at + i).sub(mean).mul(rstd);
      FloatVector g = d.mul(FloatVector.fromArray(SPECIES, gain, i));
      sumG = sumG.add(g);
      sumGx = g.fma(xHat, sumGx);
      d.fma(xHat, FloatVector.fromArray(SPECIES, slots, slot + i)).intoArray(slots, slot + i);
      d.add(FloatVector.fromArray(SPECIES, slots, slot + width + i))
          .intoArray(slots, slot + width + i);
    }
    float tailG = 0;
    float tailGx = 0;
    for (int j = i; j < width; j++) {
      float d = dOut[at + j];
      float xHat = (x[at + j] - mean) * rstd;
      tailG += d * gain[j];
      tailGx = Math.fma(d * gain[j], xHat, tailGx);
      slots[slot + j] = Math.fma(d, xHat, slots[slot + j]);
      slots[slot + width + j] += d;
    }
    float meanG = (VectorMath.sum(sumG, scratch) + tailG) / width;
    float meanGx = (VectorMath.sum(sumGx, scratch) + tailGx) / width;
    for (i = 0; i <= width - LANES; i += LANES) {
      FloatVector xHat = FloatVector.fromArray(SPECIES, x, at + i).sub(mean).mul(rstd);
      FloatVector g =
          FloatVector.fromArray(SPECIES, dOut, at + i).mul(FloatVector.fromArray(SPECIES, gain, i));
      FloatVector d = g.sub(meanG).sub(xHat.mul(meanGx)).mul(rstd);
      (accumulate ? d.add(FloatVector.fromArray(SPECIES, dX, at + i)) : d).intoArray(dX, at + i);
    }
    for (; i < width; i++) {
      float xHat = (x[at + i] - mean) * rstd;
      float d = (dOut[at + i] * gain[i] - meanG - xHat * meanGx) * rstd;
      dX[at + i] = accumulate ? dX[at + i] + d : d;
    }
  }
}
