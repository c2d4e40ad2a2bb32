package io.ghostmoe.train;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a call of a {@link Backend} operation costs at least, whoever computes it, over full windows
 * without padding.
 *
 * @param flops additions and multiplications of its matrix products, 0 where it has none: what is
 *     beside them is bound by memory
 * @param bytes of its operands, each met once; of an embedding's tables the rows that are looked up
 */
record OperationCost(double flops, double bytes) {

  /**
   * The cost of one call.
   *
   * @param operation name of the method
   * @param arguments as the method takes them
   */
  static OperationCost of(String operation, @Nullable Object[] arguments) {
    return new OperationCost(flops(operation, arguments), bytes(operation, arguments));
  }

  private static double flops(String operation, @Nullable Object[] arguments) {
    return switch (operation) {
      // x [N,I] by weight [O,I]
      case "linear" -> 2.0 * tensor(arguments, 0).dim(0) * tensor(arguments, 1).elements();
      case "linearBackwardInput" ->
          2.0 * tensor(arguments, 0).dim(0) * tensor(arguments, 1).elements();
      case "linearBackwardParameters" ->
          2.0 * tensor(arguments, 0).elements() * tensor(arguments, 1).dim(1);
      // rows [S,I] by weights [O,I] each
      case "groupedLinear" -> 2.0 * tensor(arguments, 0).elements() * tensor(arguments, 4).dim(1);
      case "groupedLinearBackwardInput" ->
          2.0 * tensor(arguments, 0).elements() * tensor(arguments, 3).dim(1);
      case "groupedLinearBackwardParameters" ->
          2.0 * tensor(arguments, 0).elements() * tensor(arguments, 1).dim(1);
      // of T² pairs the causal half, 2·C each for the scores and for the values; five products back
      case "attention" -> 2 * pairs(arguments) * tensor(arguments, 0).dim(1) / 3;
      case "attentionBackward" -> 5 * pairs(arguments) * tensor(arguments, 0).dim(1) / 3;
      case "linearCrossEntropy" ->
          2.0 * tensor(arguments, 0).elements() * tensor(arguments, 1).dim(0);
      case "linearCrossEntropyGradients" ->
          6.0 * tensor(arguments, 0).elements() * tensor(arguments, 1).dim(0);
      default -> 0;
    };
  }

  /** {@code B·T²}: twice the pairs of the causal half, of segments [B,T]. */
  private static double pairs(@Nullable Object[] arguments) {
    Tensor segments = tensor(arguments, 1);
    return (double) segments.elements() * segments.dim(1);
  }

  private static Tensor tensor(@Nullable Object[] arguments, int index) {
    return (Tensor) Objects.requireNonNull(arguments[index]);
  }

  private static double bytes(Iterable<?> arguments) {
    double sum = 0;
    for (Object argument : arguments) {
      sum +=
          switch (argument) {
            case Tensor tensor -> tensor.buffer().bytes();
            case List<?> list -> bytes(list);
            case null, default -> 0;
          };
    }
    return sum;
  }

  private static double bytes(String operation, @Nullable Object[] arguments) {
    return switch (operation) {
      // a row of each table read, one written
      case "embedding" -> 3.0 * tensor(arguments, 4).buffer().bytes();
      // a row of the gradient read, one of each table read and written
      case "embeddingBackward" -> 5.0 * tensor(arguments, 2).buffer().bytes();
      default -> bytes(Arrays.asList(arguments));
    };
  }
}
