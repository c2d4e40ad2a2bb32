package io.ghostmoe.autograd;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Every tensor of a model under the name by which files know it: what is learned, and what is kept
 * beside it. Whoever saves, loads, counts or optimises walks this list; nothing learns that is not
 * on it.
 *
 * <p>Experts have an array each, so that one more can join without moving the others; in files they
 * are stacked under one name. Initial values are functions of (seed, name, slice, index), so no
 * tensor's draw depends on another's, and the order of the list does not tell when a slice joined.
 */
public final class ParameterRegistry implements AutoCloseable {

  /**
   * A name of the files.
   *
   * @param name for example {@code layers.0.moe.experts.up.weight}
   * @param stacked whether the outermost extent in files counts slices
   * @param slices the tensors, in the order of experts; one where not stacked
   */
  public record Entry(String name, boolean stacked, List<Tensor> slices) {
    /** The extents in files. */
    public int[] fileShape() {
      int[] dims = slices.getFirst().shape().toArray();
      return stacked
          ? IntStream.concat(IntStream.of(slices.size()), IntStream.of(dims)).toArray()
          : dims;
    }

    /** The number of elements of all slices. */
    public long elements() {
      return (long) slices.size() * slices.getFirst().elements();
    }
  }

  /** Floats that are drawn at once, on their way to the backend. */
  private static final int PIECE = 1 << 18;

  private final Backend backend;
  private final long seed;
  private final boolean training;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, List<Parameter>> parameters = new LinkedHashMap<>();

  /**
   * An empty registry.
   *
   * @param training whether parameters get memory for gradients
   */
  public ParameterRegistry(Backend backend, long seed, boolean training) {
    this.backend = backend;
    this.seed = seed;
    this.training = training;
  }

  /** The seed of everything that is drawn for the model. */
  public long seed() {
    return seed;
  }

  /** Where the tensors are. */
  public Backend backend() {
    return backend;
  }

  /** A parameter drawn from normal(0, deviation). */
  public Parameter normal(String name, double deviation, boolean decays, int... dims) {
    return normalSlice(name, 0, false, deviation, decays, dims);
  }

  /** The next expert's slice of a stacked parameter, drawn from normal(0, deviation). */
  public Parameter normalExpert(
      String name, int expert, double deviation, boolean decays, int... dims) {
    return normalSlice(name, expert, true, deviation, decays, dims);
  }

  private Parameter normalSlice(
      String name, int slice, boolean stacked, double deviation, boolean decays, int... dims) {
    Tensor value = backend.allocate(DType.F32, dims);
    float[] draws = new float[Math.min(value.elements(), PIECE)];
    long key = CounterRandom.key(seed, name, slice);
    for (int from = 0; from < value.elements(); from += PIECE) {
      int first = from;
      int count = Math.min(PIECE, value.elements() - from);
      IntStream.range(0, count)
          .parallel()
          .forEach(i -> draws[i] = (float) (deviation * CounterRandom.normal(key, first + i)));
      backend.write(draws, count, value, from);
    }
    return parameter(name, slice, stacked, value, decays);
  }

  /** A parameter that starts as {@code value} everywhere and does not decay. */
  public Parameter constant(String name, float value, int... dims) {
    return parameter(name, 0, false, filled(value, dims), false);
  }

  /** The next expert's slice of a stacked parameter that starts as {@code value}, not decaying. */
  public Parameter constantExpert(String name, int expert, float value, int... dims) {
    return parameter(name, expert, true, filled(value, dims), false);
  }

  /** A tensor that is saved with the model but not learned by gradients. */
  public Tensor state(String name, float value, int... dims) {
    Tensor tensor = filled(value, dims);
    enter(name, 0, false, tensor);
    return tensor;
  }

  private Tensor filled(float value, int... dims) {
    Tensor tensor = backend.allocate(DType.F32, dims);
    backend.fill(tensor, value);
    return tensor;
  }

  private Parameter parameter(
      String name, int slice, boolean stacked, Tensor value, boolean decays) {
    Tensor gradient = training ? filled(0, value.shape().toArray()) : null;
    Parameter parameter = new Parameter(name, slice, stacked, value, gradient, decays);
    enter(name, slice, stacked, value);
    parameters.computeIfAbsent(name, key -> new ArrayList<>()).add(parameter);
    return parameter;
  }

  private void enter(String name, int slice, boolean stacked, Tensor tensor) {
    Entry entry = entries.computeIfAbsent(name, key -> new Entry(key, stacked, new ArrayList<>()));
    if (entry.slices.size() != slice || entry.stacked != stacked) {
      throw new IllegalStateException(
          "%s: slice %d does not follow %d slices".formatted(name, slice, entry.slices.size()));
    }
    entry.slices.add(tensor);
  }

  /**
   * A larger tensor in place of one that is kept but not learned; it belongs to the registry, and
   * the old one's memory is given back.
   */
  public void replaceState(String name, Tensor tensor) {
    Entry entry = entries.get(name);
    if (entry == null || entry.stacked || parameters.containsKey(name)) {
      throw new IllegalStateException(name + " is no state");
    }
    backend.release(entry.slices.set(0, tensor));
  }

  /** What is learned, in the order of names as they were made, then of slices. */
  public List<Parameter> parameters() {
    return parameters.values().stream().flatMap(List::stream).toList();
  }

  /** Everything that files hold, in the order in which names were made. */
  public List<Entry> entries() {
    return List.copyOf(entries.values());
  }

  /** The number of learned scalars. */
  public long count() {
    return parameters().stream().mapToLong(parameter -> parameter.value().elements()).sum();
  }

  @Override
  public void close() {
    for (Entry entry : entries.values()) {
      entry.slices.forEach(backend::release);
    }
    for (Parameter parameter : parameters()) {
      if (parameter.gradient() != null) {
        backend.release(parameter.gradient());
      }
    }
    entries.clear();
    parameters.clear();
  }
}
