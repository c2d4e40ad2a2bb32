package io.ghostmoe.checkpoint;

import io.ghostmoe.autograd.ParameterRegistry.Entry;
import io.ghostmoe.optim.AdamW;
import io.ghostmoe.optim.AdamW.Moments;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The optimizer's moments as one safetensors file: {@code m.NAME} and {@code v.NAME} for every
 * parameter, stacked as the parameters are.
 */
public final class OptimizerFile {
  private OptimizerFile() {}

  /** Writes both moments of every parameter. */
  public static void write(AdamW optimizer, Backend backend, Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (Entry entry : entries(optimizer)) {
      ModelFile.add(entry, backend, writer);
    }
    writer.write(file);
  }

  /**
   * Fills both moments of every parameter.
   *
   * @throws io.ghostmoe.base.UserException where the file does not fit the model
   */
  public static void read(AdamW optimizer, Backend backend, Path file) {
    List<Entry> entries = entries(optimizer);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      for (Entry entry : entries) {
        reader.entry(entry.name()).requireShape(file, ModelFile.shape(entry));
        ModelFile.readSlices(reader, entry.name(), entry, backend);
      }
      ModelFile.requireSameCount(entries.size(), reader, file);
    }
  }

  private static List<Entry> entries(AdamW optimizer) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    add("m.", Moments::m, optimizer, entries);
    add("v.", Moments::v, optimizer, entries);
    return List.copyOf(entries.values());
  }

  private static void add(
      String prefix, Function<Moments, Tensor> moment, AdamW optimizer, Map<String, Entry> to) {
    for (Moments moments : optimizer.moments()) {
      String name = prefix + moments.parameter().name();
      to.computeIfAbsent(
              name, key -> new Entry(key, moments.parameter().stacked(), new ArrayList<>()))
          .slices()
          .add(moment.apply(moments));
    }
  }
}
