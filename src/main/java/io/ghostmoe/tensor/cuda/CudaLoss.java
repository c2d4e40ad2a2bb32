package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cuda.CudaMatmul.Layout;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;

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
  private final CudaColumnSums columnSums;
  private final CrossEntropyKernels kernels;

  CudaLoss(CudaContext cuda) {
    this.cuda = cuda;
    matmul = new CudaMatmul(cuda);
    columnSums = new CudaColumnSums(cuda);
    kernels = new CrossEntropyKernels(cuda);
  }

  /** What is the same for all chunks of rows. */
  private record Head(Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    int width() {
      return x.dim(1);
    }

    int vocabulary() {
      return weight.dim(0);
    }

    /** Elements between rows of logits: whole fours, which kernels read at a time. */
    int stride() {
      return Math.addExact(vocabulary(), 3) / 4 * 4;
    }

    int chunk() {
      int most = Math.max(1, MOST_LOGITS / Math.max(1, vocabulary()));
      return Math.min(x.dim(0), most < TILE ? most : most / TILE * TILE);
    }

    DevicePointer x(int row) {
      return DevicePointer.of(x).plus(4L * row * width());
    }
  }

  void linearCrossEntropy(Tensor x, Tensor weight, Tensor bias, Tensor targets, Tensor losses) {
    Head head = new Head(x, weight, bias, targets, losses);
    int chunk = head.chunk();
    try (CudaBuffer logits = cuda.scratch(4L * chunk * head.stride())) {
      for (int row = 0; row < x.dim(0); row += chunk) {
        int rows = Math.min(chunk, x.dim(0) - row);
        forward(head, row, rows, logits.pointer());
        lossOfRows("linearCrossEntropy", head, row, rows, 0, false, logits.pointer());
      }
    }
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
    Head head = new Head(x, weight, bias, targets, losses);
    int chunk = head.chunk();
    try (CudaBuffer logits = cuda.scratch(4L * chunk * head.stride())) {
      for (int row = 0; row < x.dim(0); row += chunk) {
        int rows = Math.min(chunk, x.dim(0) - row);
        forward(head, row, rows, logits.pointer());
        lossOfRows("linearCrossEntropyGradients", head, row, rows, scale, true, logits.pointer());
        backward(head, row, rows, logits.pointer(), dX, dWeight, dBias);
      }
    }
  }

  private void forward(Head head, int row, int rows, DevicePointer logits) {
    Product product =
        new Product(Layout.NT, rows, head.vocabulary(), head.width(), head.width(), head.stride());
    DevicePointer weight = DevicePointer.of(head.weight);
    matmul.multiply(product, head.x(row), weight, DevicePointer.of(head.bias), false, logits);
  }

  private void lossOfRows(
      String operation,
      Head head,
      int row,
      int rows,
      float scale,
      boolean gradients,
      DevicePointer logits) {
    kernels.crossEntropyRowsF32(
        Grid.of(rows, THREADS),
        logits,
        DevicePointer.of(head.targets).plus(4L * row),
        DevicePointer.of(head.losses).plus(4L * row),
        row,
        head.vocabulary(),
        head.stride(),
        scale,
        gradients ? 1 : 0,
        cuda.error(operation));
  }

  private void backward(
      Head head,
      int row,
      int rows,
      DevicePointer dLogits,
      Tensor dX,
      Tensor dWeight,
      Tensor dBias) {
    int width = head.width();
    int vocabulary = head.vocabulary();
    DevicePointer slopes = DevicePointer.of(dX).plus(4L * row * width);
    Product input = new Product(Layout.NN, rows, width, vocabulary, head.stride(), width);
    matmul.multiply(input, dLogits, DevicePointer.of(head.weight), NONE, false, slopes);
    Product parameters = new Product(Layout.TN, vocabulary, width, rows, head.stride(), width);
    matmul.multiply(parameters, dLogits, head.x(row), NONE, true, DevicePointer.of(dWeight));
    columnSums.add(dLogits, rows, vocabulary, head.stride(), DevicePointer.of(dBias));
  }
}
