package io.ghostmoe.optim;

import io.ghostmoe.autograd.Parameter;
import io.ghostmoe.autograd.ParameterRegistry;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Backend.AdamWStep;
import io.ghostmoe.tensor.DType;
import io.ghostmoe.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * AdamW over every parameter of a registry: what is registered is trained, embeddings and head
 * included. Each parameter counts its own updates, so that one that joins late has bias corrections
 * of its own. Source: Loshchilov and Hutter 2019, algorithm 2.
 */
public final class AdamW implements AutoCloseable {

  /** A parameter with what the optimizer keeps beside it. */
  private static final class Slot {
    final Parameter parameter;
    final Tensor m;
    final Tensor v;
    long count;

    Slot(Parameter parameter, Backend backend) {
      this.parameter = parameter;
      m = zeros(parameter, backend);
      v = zeros(parameter, backend);
    }

    private static Tensor zeros(Parameter parameter, Backend backend) {
      Tensor tensor = backend.allocate(DType.F32, parameter.value().shape().toArray());
      backend.fill(tensor, 0);
      return tensor;
    }
  }

  private final Backend backend;
  private final AdamWConfig config;
  private final ParameterRegistry registry;
  private final Tensor norm;
  private List<Slot> slots = List.of();

  /** Moments of zero for every parameter of {@code registry}. */
  public AdamW(AdamWConfig config, ParameterRegistry registry, Backend backend) {
    this.backend = backend;
    this.config = config;
    this.registry = registry;
    norm = backend.allocate(DType.F32, 1);
    join();
  }

  /**
   * Takes in the parameters that the registry got since: their moments are zero, their count of
   * updates starts at none.
   */
  public void join() {
    IdentityHashMap<Parameter, Slot> known = new IdentityHashMap<>();
    slots.forEach(slot -> known.put(slot.parameter, slot));
    List<Slot> joined = new ArrayList<>();
    for (Parameter parameter : registry.parameters()) {
      Slot slot = known.get(parameter);
      joined.add(slot == null ? new Slot(parameter, backend) : slot);
    }
    slots = List.copyOf(joined);
  }

  /** The norm of all gradients before clipping; waits for the device. */
  public float gradientNorm() {
    backend.norm(gradients(), norm);
    float[] host = new float[1];
    backend.read(norm, host);
    return host[0];
  }

  /** One step with the same learning rate for every parameter. */
  public void step(double learningRate) {
    step(parameter -> learningRate);
  }

  /**
   * Updates every parameter with the gradients whose norm was asked for last, and clears them.
   *
   * @param learningRate of each parameter in this step
   */
  public void step(ToDoubleFunction<Parameter> learningRate) {
    List<AdamWStep> steps = new ArrayList<>();
    for (Slot slot : slots) {
      slot.count++;
      steps.add(
          new AdamWStep(
              (float) learningRate.applyAsDouble(slot.parameter),
              config.beta1(),
              config.beta2(),
              config.epsilon(),
              slot.parameter.decays() ? config.weightDecay() : 0,
              slot.count,
              config.maxNorm()));
    }
    backend.adamW(
        steps,
        norm,
        each(slot -> slot.parameter.value()),
        gradients(),
        each(slot -> slot.m),
        each(slot -> slot.v));
  }

  private List<Tensor> gradients() {
    return each(slot -> slot.parameter.requireGradient());
  }

  private List<Tensor> each(Function<Slot, Tensor> part) {
    return slots.stream().map(part).toList();
  }

  /**
   * One parameter's share of the optimizer's state.
   *
   * @param parameter whose it is
   * @param m first moment, of its shape
   * @param v second moment, of its shape
   * @param count updates so far
   */
  public record Moments(Parameter parameter, Tensor m, Tensor v, long count) {}

  /** The state of every parameter, in the registry's order; the tensors are the live ones. */
  public List<Moments> moments() {
    return slots.stream()
        .map(slot -> new Moments(slot.parameter, slot.m, slot.v, slot.count))
        .toList();
  }

  /** Sets how many updates each parameter has had, in the registry's order. */
  public void counts(List<Long> counts) {
    if (counts.size() != slots.size()) {
      throw new IllegalArgumentException(
          "%d update counts for %d parameters".formatted(counts.size(), slots.size()));
    }
    for (int i = 0; i < slots.size(); i++) {
      slots.get(i).count = counts.get(i);
    }
  }

  @Override
  public void close() {
    backend.release(norm);
    for (Slot slot : slots) {
      backend.release(slot.m);
      backend.release(slot.v);
    }
    slots = List.of();
  }
}
