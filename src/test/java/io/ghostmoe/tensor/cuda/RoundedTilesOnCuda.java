package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.tensor.cuda.CudaMatmul.Matrix;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Tiles of 256 columns, which products get that are large for the emulator, give the bits of those
 * of 128, which the parity suite holds: how wide a tile is changes no sum.
 */
class RoundedTilesOnCuda {
  private static final int DOWN = 128;

  private final CudaContext cuda = new CudaContext(CudaFixture.gpu(), CudaMemory.Reuse.NONE);
  private final CudaRounding rounding = new CudaRounding(cuda);
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    cuda.close();
  }

  private DevicePointer draws(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() * 2 - 1;
    }
    DevicePointer at = cuda.scratch(4L * count).pointer();
    cuda.staging().write(values, at);
    return at;
  }

  private DevicePointer rounded(int rows, int width) {
    return rounding.round(new Matrix(draws(rows * width), width, false), rows, width).pointer();
  }

  private DevicePointer table(List<DevicePointer> pointers) {
    DevicePointer at = cuda.scratch(8L * pointers.size()).pointer();
    cuda.staging().write(pointers.stream().mapToLong(DevicePointer::address).toArray(), at);
    return at;
  }

  /** Launches {@code name}, which has %d for the columns of its tiles. */
  private void launch(
      String module, String name, int tile, int width, int down, int depth, Object... arguments) {
    Kernel kernel = new Kernel(cuda, module, name.formatted(tile), "p the emulator checks them");
    ArgumentBlock block = kernel.begin();
    for (Object argument : arguments) {
      if (argument instanceof DevicePointer pointer) {
        block.pointer(pointer);
      } else {
        block.integer((Integer) argument);
      }
    }
    kernel.launch(
        Grid.of(Math.ceilDiv(width, tile), down, depth, tile).shared(CudaMatmul.roundedBytes(tile)),
        block);
  }

  /** A launch with tiles of so many columns. */
  @FunctionalInterface
  private interface Product {
    void make(int tile, DevicePointer out);
  }

  /** Makes a product in both widths, into the same values. */
  private void agree(int elements, Product product) {
    float[] narrow = result(CudaMatmul.LARGE, elements, product);
    assertThat(narrow).doesNotContain(Float.NaN);
    assertThat(result(CudaMatmul.WIDE, elements, product)).containsExactly(narrow);
  }

  private float[] result(int tile, int elements, Product product) {
    random.setSeed(2);
    DevicePointer out = draws(elements);
    product.make(tile, out);
    float[] values = new float[elements];
    cuda.staging().read(out, values);
    return values;
  }

  @Test
  void aMatmulHasTheSameBits() {
    for (int[] size : new int[][] {{129, 257, 100}, {70, 300, 65}, {64, 512, 96}, {200, 64, 31}}) {
      int m = size[0];
      int n = size[1];
      int k = size[2];
      checkMatmul("matmul_nt_%d_bf16", m, n, k, rounded(m, k), rounded(n, k), k, k);
      checkMatmul("matmul_nn_%d_bf16", m, n, k, rounded(m, k), rounded(k, n), k, n);
      checkMatmul("matmul_tn_%d_bf16", m, n, k, rounded(k, m), rounded(k, n), m, n);
    }
  }

  private void checkMatmul(
      String name, int m, int n, int k, DevicePointer a, DevicePointer b, int aWidth, int bWidth) {
    DevicePointer bias = draws(n);
    int aStride = CudaRounding.stride(aWidth);
    int bStride = CudaRounding.stride(bWidth);
    int down = Math.ceilDiv(m, DOWN);
    agree(
        m * n,
        (tile, c) ->
            launch(
                "matmul_bf16",
                name,
                tile,
                n,
                down,
                1,
                a,
                b,
                bias,
                c,
                m,
                n,
                k,
                aStride,
                bStride,
                n,
                Math.ceilDiv(k, 32) * 32,
                1));
    agree(
        2 * m * n,
        (tile, c) ->
            launch(
                "matmul_bf16",
                name,
                tile,
                n,
                down,
                2,
                a,
                b,
                bias,
                c,
                m,
                n,
                k,
                aStride,
                bStride,
                n,
                Math.ceilDiv(k, 64) * 32,
                0));
  }

  @Test
  void theExpertsProductsHaveTheSameBits() {
    int[] bounds = {0, 70, 70, 201};
    int experts = bounds.length - 1;
    int rows = bounds[experts];
    int inputs = 66;
    int outputs = 300;
    DevicePointer x = rounded(rows, inputs);
    DevicePointer dOut = rounded(rows, outputs);
    DevicePointer weights = rounded(experts * outputs, inputs);
    DevicePointer biases = table(List.of(draws(outputs), draws(outputs), draws(outputs)));
    DevicePointer offsets = cuda.ints(bounds);
    DevicePointer error = cuda.error("a product of experts");
    String module = "grouped_matmul_bf16";
    int down = Math.ceilDiv(rows, DOWN) + experts;
    agree(
        rows * outputs,
        (tile, out) ->
            launch(
                module,
                "grouped_forward_%d_bf16",
                tile,
                outputs,
                down,
                1,
                x,
                offsets,
                weights,
                biases,
                out,
                experts,
                rows,
                inputs,
                outputs,
                error));
    agree(
        rows * inputs,
        (tile, dX) ->
            launch(
                module,
                "grouped_input_%d_bf16",
                tile,
                inputs,
                down,
                1,
                dOut,
                offsets,
                weights,
                dX,
                experts,
                rows,
                inputs,
                outputs,
                error));
    int matrix = outputs * inputs;
    agree(
        experts * matrix,
        (tile, dWeights) -> {
          DevicePointer each =
              table(List.of(dWeights, dWeights.plus(4L * matrix), dWeights.plus(8L * matrix)));
          launch(
              module,
              "grouped_weight_%d_bf16",
              tile,
              inputs,
              Math.ceilDiv(outputs, DOWN),
              experts,
              x,
              dOut,
              offsets,
              each,
              rows,
              inputs,
              outputs,
              error);
        });
  }
}
