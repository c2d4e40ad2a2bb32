package io.ghostmoe.cli;

import io.ghostmoe.RunInspection;
import io.ghostmoe.RunInspection.GhostInfo;
import io.ghostmoe.RunInspection.LayerInfo;
import io.ghostmoe.RunInspection.TensorInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a checkpoint holds, as values for programs. */
final class InspectionJson {
  private InspectionJson() {}

  static Map<String, Object> of(RunInspection found) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("run", found.run());
    json.put("checkpoint", found.checkpoint().toString());
    json.put("step", found.step());
    json.put("parameters", found.parameters());
    json.put("awake_parameters", found.awakeParameters());
    json.put("active_parameters", found.activeParameters());
    json.put("weight_bytes", found.weightBytes());
    json.put("checkpoint_bytes", found.checkpointBytes());
    json.put("tensors", found.tensors().stream().map(InspectionJson::tensor).toList());
    List<Map<String, Object>> layers = new ArrayList<>();
    found.layers().forEach(layer -> layers.add(layer(layers.size(), layer)));
    json.put("layers", layers);
    return json;
  }

  private static Map<String, Object> tensor(TensorInfo tensor) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", tensor.name());
    json.put("shape", tensor.shape());
    json.put("count", tensor.count());
    json.put("bytes", tensor.bytes());
    json.put("learned", tensor.learned());
    return json;
  }

  private static Map<String, Object> layer(int index, LayerInfo layer) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("layer", index);
    json.put("primaries", layer.primaries());
    json.put("experts", layer.experts());
    List<Map<String, @Nullable Object>> ghosts = new ArrayList<>();
    layer.ghosts().forEach(ghost -> ghosts.add(ghost(ghosts.size(), ghost)));
    json.put("ghosts", ghosts);
    return json;
  }

  private static Map<String, @Nullable Object> ghost(int index, GhostInfo ghost) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("ghost", index);
    json.put("state", ghost.state());
    json.put("activation", ghost.activation());
    json.put("has_weights", ghost.hasWeights());
    json.put("wake_step", ghost.wakeStep().orElse(null));
    json.put("expert", ghost.expert().orElse(null));
    json.put("parent", ghost.parent().orElse(null));
    return json;
  }
}
