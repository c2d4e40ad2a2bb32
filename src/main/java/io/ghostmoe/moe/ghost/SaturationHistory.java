package io.ghostmoe.moe.ghost;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a {@link SaturationMonitor} remembers, as plain values.
 *
 * @param losses of the last 2w steps, oldest first
 * @param fastest the largest progress of the loss so far
 * @param layers the last w steps of each layer
 */
public record SaturationHistory(List<Double> losses, double fastest, List<Layer> layers) {
  /** Copies the lists. */
  public SaturationHistory {
    losses = List.copyOf(losses);
    layers = List.copyOf(layers);
  }

  /**
   * {@return the history of a run that has not begun}
   *
   * @param layers how many the model has
   */
  public static SaturationHistory empty(int layers) {
    Layer none = new Layer(List.of(), List.of(), List.of(), List.of());
    return new SaturationHistory(List.of(), 0, Collections.nCopies(layers, none));
  }

  /**
   * One layer; a row a step, oldest first, as long as experts were awake.
   *
   * @param shares of the slots
   * @param sensitivities gradient norms a row
   * @param utilities Σ gate·‖output‖
   * @param orthogonality 0 where it was not measured
   */
  public record Layer(
      List<float[]> shares,
      List<float[]> sensitivities,
      List<float[]> utilities,
      List<Float> orthogonality) {
    /** Copies the lists, and refuses lists of different lengths. */
    public Layer {
      shares = List.copyOf(shares);
      sensitivities = List.copyOf(sensitivities);
      utilities = List.copyOf(utilities);
      orthogonality = List.copyOf(orthogonality);
      int steps = shares.size();
      if (sensitivities.size() != steps
          || utilities.size() != steps
          || orthogonality.size() != steps) {
        throw new IllegalArgumentException("a layer's history of different lengths");
      }
    }

    static Layer of(List<LayerWindow.Row> rows) {
      return new Layer(
          rows.stream().map(LayerWindow.Row::shares).toList(),
          rows.stream().map(LayerWindow.Row::sensitivities).toList(),
          rows.stream().map(LayerWindow.Row::utilities).toList(),
          rows.stream().map(LayerWindow.Row::orthogonality).toList());
    }

    List<LayerWindow.Row> toRows() {
      List<LayerWindow.Row> rows = new ArrayList<>();
      for (int i = 0; i < shares.size(); i++) {
        rows.add(
            new LayerWindow.Row(
                shares.get(i), sensitivities.get(i), utilities.get(i), orthogonality.get(i)));
      }
      return rows;
    }
  }
}
