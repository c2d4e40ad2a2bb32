package io.ghostmoe.cli;

import io.ghostmoe.RunInspection;
import io.ghostmoe.RunInspection.GhostInfo;
import io.ghostmoe.RunInspection.LayerInfo;
import io.ghostmoe.RunInspection.TensorInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a checkpoint holds, as tables for people. */
final class InspectionTable {
  private static final TextTable TENSORS =
      new TextTable(
          List.of("NAME", "SHAPE", "COUNT", "MEMORY", ""),
          List.of(false, false, true, true, false));
  private static final TextTable GHOSTS =
      new TextTable(
          List.of("GHOST", "STATE", "ACTIVATION", "WAKE STEP", "EXPERT", "PARENT", ""),
          List.of(true, false, true, true, true, true, false));

  private InspectionTable() {}

  /** A row a tensor. */
  static List<String> tensors(RunInspection found) {
    return TENSORS.lines(found.tensors().stream().map(InspectionTable::cells).toList());
  }

  private static List<String> cells(TensorInfo tensor) {
    return List.of(
        Formats.oneLine(tensor.name()),
        tensor.shape().toString(),
        Formats.count(tensor.count()),
        Formats.bytes(tensor.bytes()),
        tensor.learned() ? "" : "a state: not learned, not counted");
  }

  /** What all tensors come to. */
  static List<String> totals(RunInspection found) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "parameters         %s%s"
            .formatted(
                Formats.count(found.parameters()),
                found.ghosts() == 0
                    ? ""
                    : ", with %s of %s awake"
                        .formatted(
                            Formats.count(found.awakeGhosts()),
                            Formats.count(found.ghosts(), "ghost"))));
    lines.add("active parameters  %s a token".formatted(Formats.count(found.activeParameters())));
    lines.add("weights            %s in float32".formatted(Formats.bytes(found.weightBytes())));
    lines.add(
        "checkpoint         %s with the optimizer's moments and the run's state"
            .formatted(Formats.bytes(found.checkpointBytes())));
    return lines;
  }

  /** What stands above the ghosts of a layer. */
  static String heading(int layer, LayerInfo info) {
    return "layer %d: %s, %d of %s awake"
        .formatted(
            layer,
            Formats.count(info.primaries(), "primary expert"),
            info.experts() - info.primaries(),
            Formats.count(info.ghosts().size(), "ghost"));
  }

  /** A row a ghost. */
  static List<String> ghosts(LayerInfo layer) {
    List<List<String>> rows = new ArrayList<>();
    for (GhostInfo ghost : layer.ghosts()) {
      rows.add(
          List.of(
              Integer.toString(rows.size()),
              ghost.state(),
              Formats.share(ghost.activation()),
              ghost.wakeStep().map(Formats::count).orElse("-"),
              cell(ghost.expert()),
              cell(ghost.parent()),
              note(ghost)));
    }
    return GHOSTS.lines(rows);
  }

  private static String cell(Optional<Integer> index) {
    return index.map(String::valueOf).orElse("-");
  }

  private static String note(GhostInfo ghost) {
    if (ghost.hasWeights()) {
      return ghost.wakeStep().isPresent() ? "" : "came with the weights of --init-from";
    }
    return ghost.wakeStep().isPresent() ? "no weights before that step" : "no weights";
  }
}
