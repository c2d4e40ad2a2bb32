package io.ghostmoe.moe;

import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one forward pass of an expert layer saw, still on the device. It lives as long as the step.
 *
 * @param offsets I32 [A+1]: expert e served offsets[e+1] − offsets[e] slots
 * @param losses [2]: the router's balance loss and z-loss, unweighted
 * @param training what is measured only where the pass is one of training, and its first
 */
public record RoutingStats(Tensor offsets, Tensor losses, Optional<Training> training) {

  /**
   * What the life of the ghosts depends on.
   *
   * @param utility [A]: Σ gate·‖output‖ over each expert's slots
   * @param scores [N,A] of the router, where a ghost's bias goes by them
   * @param directions for the trigger of that name alone
   */
  public record Training(
      Tensor utility, Optional<Tensor> scores, Optional<Directions> directions) {}

  /**
   * Where the experts' outputs point.
   *
   * @param sums [A,C]: the sum of each expert's ungated outputs
   * @param alignment [3]: Σ⟨x,y⟩, Σ‖x‖², Σ‖y‖² over tokens, x the layer's normed input, y its
   *     output
   */
  public record Directions(Tensor sums, Tensor alignment) {}

  /** All of it. */
  List<Tensor> tensors() {
    List<Tensor> all = new ArrayList<>(List.of(offsets, losses));
    training.ifPresent(
        measured -> {
          all.add(measured.utility());
          measured.scores().ifPresent(all::add);
          measured
              .directions()
              .ifPresent(found -> all.addAll(List.of(found.sums(), found.alignment())));
        });
    return all;
  }
}
