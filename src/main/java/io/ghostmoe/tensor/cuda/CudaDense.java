package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.Tensor;
import io.ghostmoe.tensor.cuda.CudaMatmul.Layout;
import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;
import org.jspecify.annotations.Nullable;

/** Dense layers. */
final class CudaDense {
  private static final DevicePointer NONE = new DevicePointer();

  private final CudaMatmul matmul;
  private final CudaColumnSums columnSums;

  CudaDense(CudaMatmul matmul, CudaColumnSums columnSums) {
    this.matmul = matmul;
    this.columnSums = columnSums;
  }

  void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor out) {
    Product product = Product.of(Layout.NT, x.dim(0), weight.dim(0), x.dim(1));
    DevicePointer more = DevicePointer.ofNullable(bias);
    matmul.multiply(product, Matrix.of(x), Matrix.of(weight), more, false, DevicePointer.of(out));
  }

  void linearBackwardInput(Tensor dOut, Tensor weight, boolean accumulate, Tensor dX) {
    Product product = Product.of(Layout.NN, dX.dim(0), dX.dim(1), dOut.dim(1));
    matmul.multiply(
        product, Matrix.of(dOut), Matrix.of(weight), NONE, accumulate, DevicePointer.of(dX));
  }

  void linearBackwardParameters(Tensor x, Tensor dOut, Tensor dWeight, @Nullable Tensor dBias) {
    Product product = Product.of(Layout.TN, dWeight.dim(0), dWeight.dim(1), x.dim(0));
    matmul.multiply(product, Matrix.of(dOut), Matrix.of(x), NONE, true, DevicePointer.of(dWeight));
    if (dBias != null) {
      int width = dOut.dim(1);
      columnSums.add(DevicePointer.of(dOut), dOut.dim(0), width, width, DevicePointer.of(dBias));
    }
  }
}
