package io.ghostmoe.tensor.cuda;

import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import io.ghostmoe.tensor.cuda.CudaMatmul.Product;

/** What multiplies matrices. */
@FunctionalInterface
interface MatmulEngine {
  /**
   * {@code c (+)= a·b + bias}.
   *
   * @param a rounded where b is
   * @param bias of the columns, the null address for none
   */
  void multiply(
      Product p, Matrix a, Matrix b, DevicePointer bias, boolean accumulate, DevicePointer c);
}
