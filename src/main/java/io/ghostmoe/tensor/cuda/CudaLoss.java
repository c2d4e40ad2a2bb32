package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cuda.CudaMatmul.Layout;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;
import org.jspecify.annotations.Nullable;

/**
 * The head and the cross-entropy in one: the logits of some rows at a time are made, turned into
 * their gradients in place, and consumed, so that no more than {@value #MOST_LOGITS} of them exist
 * (or one row) and none is computed twice. Each product is one that the matmul is good at.
 */
final class CudaLoss {
  private static final int THREADS = 512;
  private static final int MOST_LOGITS = 1 << 24;

  /** Rows at a time are a multiple of this where there is room for it: whole tiles. */
  private static final int TILE = 128;

  private static final DevicePointer NONE = new DevicePointer();

  private final CudaContext cuda;
  private final CudaMatmul matmul;
  private final CudaRounding rounding;
  private final CudaColumnSums columnSums;
  private final CrossEntropyKernels kernels;

  CudaLoss(CudaContext cuda, CudaMatmul matmul, CudaRounding rounding, CudaColumnSums columnSums) {
    this.cuda = cuda;
    this.matmul = matmul;
    this.rounding = rounding;
    this.columnSums = columnSums;
    kernels = new CrossEntropyKernels(cuda);
  }

  /** Where the gradients of {@code scale·Σ losses} go. */
  private record Gradients(float scale, Tensor dX, Tensor dWeight, Tensor dBias) {}

  /**
   * What all chunks of rows share; x and weight are rounded once for all of them, or not at all.
   */
  private record Head(
      String operation,
      Matrix x,
      Matrix weight,
      Tensor bias,
      Tensor targets,
      Tensor losses,
      int width,
      int vocabulary) {
    int rows() {
      return targets.dim(0);
    }

    /** Elements between rows of logits: whole fours, which kernels read at a time. */
    int stride() {
      return Math.addExact(vocabulary, 3) / 4 * 4;
    }

    int chunk() {
      int most = Math.max(1, MOST_LOGITS / Math.max(1, vocabulary));
      return Math.min(rows(), most < TILE ? most : most / TILE * TILE);
    }
  }

  void linearCrossEntropy(Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    run("linearCrossEntropy", x, weight, bias, targets, losses, null);
  }

  void linearCrossEntropyGradients(
      Tensor x,
      Tensor weight,
      Tensor bias,
      Tensor targets,
      float scale,
      Tensor losses,
      Tensor dX,
      Tensor dWeight,
      Tensor dBias) {
    Gradients gradients = new Gradients(scale, dX, dWeight, dBias);
    run("linearCrossEntropyGradients", x, weight, bias, targets, losses, gradients);
  }

  private void run(
      String operation,
      Tensor x,
      Tensor weight,
      Tensor bias,
      Tensor targets,
      Tensor losses,
      @Nullable Gradients gradients) {
    int width = x.dim(1);
    int vocabulary = weight.dim(0);
    Matrix rows = Matrix.of(x);
    Matrix words = Matrix.of(weight);
    if (!matmul.rounds(Product.of(Layout.NT, x.dim(0), vocabulary, width))) {
      run(new Head(operation, rows, words, bias, targets, losses, width, vocabulary), gradients);
      return;
    }
    try (CudaBuffer rows16 = rounding.round(rows, x.dim(0), width);
        CudaBuffer words16 = rounding.round(words, vocabulary, width)) {
      Matrix roundRows = CudaRounding.matrix(rows16, width);
      Matrix roundWords = CudaRounding.matrix(words16, width);
      run(
          new Head(operation, roundRows, roundWords, bias, targets, losses, width, vocabulary),
          gradients);
    }
  }

  private void run(Head head, @Nullable Gradients gradients) {
    int chunk = head.chunk();
    try (CudaBuffer buffer = cuda.scratch(4L * chunk * head.stride())) {
      Matrix logits = new Matrix(buffer.pointer(), head.stride(), false);
      for (int row = 0; row < head.rows(); row += chunk) {
        int rows = Math.min(chunk, head.rows() - row);
        Product product = new Product(Layout.NT, rows, head.vocabulary, head.width, head.stride());
        matmul.multiply(product, head.x.from(row), head.weight, NONE, false, logits.at());
        lossOfRows(head, row, rows, gradients, logits.at());
        if (gradients != null) {
          backward(head, row, rows, logits, gradients);
        }
      }
    }
  }

  private void lossOfRows(
      Head head, int row, int rows, @Nullable Gradients gradients, DevicePointer logits) {
    kernels.crossEntropyRowsF32(
        Grid.of(rows, THREADS),
        logits,
        DevicePointer.of(head.bias),
        DevicePointer.of(head.targets).plus(4L * row),
        DevicePointer.of(head.losses).plus(4L * row),
        row,
        head.vocabulary,
        head.stride(),
        gradients == null ? 0 : gradients.scale,
        gradients == null ? 0 : 1,
        cuda.error(head.operation));
  }

  private void backward(Head head, int row, int rows, Matrix dLogits, Gradients gradients) {
    DevicePointer dBias = DevicePointer.of(gradients.dBias);
    columnSums.add(dLogits.at(), rows, head.vocabulary, head.stride(), dBias);
    if (!head.x.rounded()) {
      products(head, row, rows, dLogits, gradients);
      return;
    }
    try (CudaBuffer slopes16 = rounding.round(dLogits, rows, head.vocabulary)) {
      products(head, row, rows, CudaRounding.matrix(slopes16, head.vocabulary), gradients);
    }
  }

  private void products(Head head, int row, int rows, Matrix dLogits, Gradients gradients) {
    DevicePointer dX = DevicePointer.of(gradients.dX).plus(4L * row * head.width);
    DevicePointer dWeight = DevicePointer.of(gradients.dWeight);
    Product input = Product.of(Layout.NN, rows, head.width, head.vocabulary);
    matmul.multiply(input, dLogits, head.weight, NONE, false, dX);
    Product parameters = Product.of(Layout.TN, head.vocabulary, head.width, rows);
    matmul.multiply(parameters, dLogits, head.x.from(row), NONE, true, dWeight);
  }
}
