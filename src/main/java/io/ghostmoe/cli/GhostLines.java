package io.ghostmoe.cli;

import io.ghostmoe.moe.ghost.Ghost;
import io.ghostmoe.moe.ghost.GhostConfig;
import io.ghostmoe.moe.ghost.GhostTrigger;
import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.train.RunStart;
import java.util.stream.Collectors;

/** What the life of a run's ghosts is in words; steps are counted from 1. */
final class GhostLines {
  private GhostLines() {}

  /** How many there are, and what wakes those that sleep. */
  static String start(RunStart start) {
    int awake = start.awakeGhosts();
    int all = start.allGhosts();
    String each = Formats.count(start.ghosts().ghosts()) + " a layer, ";
    if (awake == all) {
      return each + "all of them awake";
    }
    String asleep = "asleep " + until(start.ghosts(), start.firstStep());
    return awake == 0
        ? each + asleep
        : each + "%d of all %d awake, the others %s".formatted(awake, all, asleep);
  }

  private static String until(GhostConfig ghosts, long firstStep) {
    return switch (ghosts.trigger()) {
      case GhostTrigger.Never _ -> "for good (never)";
      case GhostTrigger _ when !ghosts.canWake() -> "for good: the run is too short for them";
      case GhostTrigger.Steps given -> untilSteps(given, firstStep);
      case GhostTrigger _ when firstStep > ghosts.lastWake() -> "for good: too few steps are left";
      case GhostTrigger.Plateau _, GhostTrigger.Orthogonality _ ->
          "until their layer is saturated (%s, threshold %s)"
              .formatted(ghosts.trigger().word(), Formats.share(ghosts.threshold()));
      case GhostTrigger.Random _ ->
          "until steps drawn from %s to %s (random)"
              .formatted(
                  Formats.count(ghosts.firstWake() + 1), Formats.count(ghosts.lastWake() + 1));
    };
  }

  private static String untilSteps(GhostTrigger.Steps given, long firstStep) {
    String steps =
        given.steps().stream()
            .filter(step -> step >= firstStep)
            .map(step -> Long.toString(step + 1)) // no commas within a list of them
            .collect(Collectors.joining(", "));
    if (steps.isEmpty()) {
      return "for good: the steps given have passed";
    }
    return "until %s %s, when one a layer wakes"
        .formatted(steps.contains(",") ? "steps" : "step", steps);
  }

  /** Which ghost wakes, out of what, and why; {@code ghost} is the word for it, bold or not. */
  static String wake(Wake wake, GhostConfig ghosts, String ghost) {
    return "step %d  %s %d of layer %d wakes as expert %d, %s (%s)"
        .formatted(
            wake.step() + 1,
            ghost,
            wake.ghost(),
            wake.layer(),
            wake.expert(),
            wake.parent() == Ghost.NONE
                ? "its weights drawn anew"
                : "a clone of expert %d".formatted(wake.parent()),
            reason(wake, ghosts));
  }

  private static String reason(Wake wake, GhostConfig ghosts) {
    return switch (ghosts.trigger()) {
      case GhostTrigger.Plateau _, GhostTrigger.Orthogonality _ ->
          "%s: saturation %s ≥ %s"
              .formatted(
                  wake.trigger(),
                  Formats.share(wake.saturation()),
                  Formats.share(ghosts.threshold()));
      case GhostTrigger.Steps _ -> "the step was given";
      case GhostTrigger.Random _ -> "the step was drawn at random";
      case GhostTrigger.Never _ -> wake.trigger(); // nothing wakes them
    };
  }
}
