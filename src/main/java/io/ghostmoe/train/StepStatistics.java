package io.ghostmoe.train;

import io.ghostmoe.autograd.Arena;
import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.model.Transformer;
import io.ghostmoe.moe.MoeLayer;
import io.ghostmoe.moe.RoutingStats;
import io.ghostmoe.moe.SeenScores;
import io.ghostmoe.moe.ghost.LayerStatistics;
import io.ghostmoe.moe.ghost.Orthogonality;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects on the host what the layers did in one step, over its micro-batches. */
final class StepStatistics {
  private final List<MoeLayer> layers;
  private final Backend backend;
  private final Arena kept;
  private final int width;
  private final int[][] counts;
  private final float[][] utilities;
  private final double[][] sums;
  private final double[][] alignments;
  private final List<List<SeenScores.MicroBatch>> seen = new ArrayList<>();

  /**
   * Nothing seen yet; the layers have the experts of this step.
   *
   * @param kept memory for scores, which the step's update needs
   */
  StepStatistics(Transformer model, Backend backend, Arena kept) {
    layers = model.moeLayers();
    this.backend = backend;
    this.kept = kept;
    width = model.config().width();
    int count = layers.size();
    counts = new int[count][];
    utilities = new float[count][];
    sums = new double[count][];
    alignments = new double[count][];
    for (int layer = 0; layer < count; layer++) {
      int awake = layers.get(layer).awake();
      counts[layer] = new int[awake];
      utilities[layer] = new float[awake];
      sums[layer] = new double[0];
      alignments[layer] = new double[3];
      seen.add(new ArrayList<>());
    }
  }

  /** Takes in a micro-batch while its memory lives; waits for the device. */
  void add(List<RoutingStats> routing, int[] segments) {
    for (int layer = 0; layer < counts.length; layer++) {
      RoutingStats stats = routing.get(layer);
      addCounts(stats.offsets(), counts[layer]);
      addTraining(stats.training().orElseThrow(), segments, layer);
    }
  }

  private void addCounts(Tensor tensor, int[] to) {
    int[] offsets = new int[to.length + 1];
    backend.read(tensor, offsets);
    for (int e = 0; e < to.length; e++) {
      to[e] += offsets[e + 1] - offsets[e];
    }
  }

  private void addTraining(RoutingStats.Training training, int[] segments, int layer) {
    float[] utility = read(training.utility());
    for (int e = 0; e < utility.length; e++) {
      utilities[layer][e] += utility[e];
    }
    training.scores().ifPresent(scores -> seen.get(layer).add(keep(scores, segments)));
    training.directions().ifPresent(directions -> addDirections(directions, layer));
  }

  private void addDirections(RoutingStats.Directions directions, int layer) {
    sums[layer] = sum(sums[layer], read(directions.sums()));
    alignments[layer] = sum(alignments[layer], read(directions.alignment()));
  }

  private static double[] sum(double[] sum, float[] terms) {
    double[] result = Arrays.copyOf(sum, terms.length);
    for (int i = 0; i < terms.length; i++) {
      result[i] += terms[i];
    }
    return result;
  }

  private SeenScores.MicroBatch keep(Tensor scores, int[] segments) {
    Tensor keptScores = kept.take(DType.F32, scores.dim(0), scores.dim(1));
    backend.copy(scores, keptScores);
    Tensor keptSegments = kept.take(DType.I32, segments.length);
    backend.write(segments, keptSegments);
    return new SeenScores.MicroBatch(keptScores, keptSegments);
  }

  private float[] read(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    backend.read(tensor, values);
    return values;
  }

  /** The routers' scores by layer; none where no ghost of it is waking up. */
  List<SeenScores> seen() {
    return seen.stream().map(SeenScores::new).toList();
  }

  /** The statistics, once the gradients are complete; takes memory of the arena. */
  List<LayerStatistics> layers(Arena arena) {
    float[] norms = gradientNorms(arena);
    List<LayerStatistics> found = new ArrayList<>();
    int next = 0;
    for (int layer = 0; layer < counts.length; layer++) {
      int awake = counts[layer].length;
      found.add(
          new LayerStatistics(
              counts[layer],
              Arrays.copyOfRange(norms, next, next + awake),
              utilities[layer],
              sums[layer].length == 0
                  ? 0
                  : Orthogonality.of(sums[layer], width, alignments[layer])));
      next += awake;
    }
    return found;
  }

  /** One norm an expert, layer after layer, in one call to the device. */
  private float[] gradientNorms(Arena arena) {
    List<List<Tensor>> groups = new ArrayList<>();
    for (MoeLayer layer : layers) {
      for (int e = 0; e < layer.awake(); e++) {
        groups.add(layer.weightsOf(e).stream().map(Parameter::requireGradient).toList());
      }
    }
    Tensor norms = arena.take(DType.F32, groups.size());
    backend.norms(groups, norms);
    return read(norms);
  }
}
