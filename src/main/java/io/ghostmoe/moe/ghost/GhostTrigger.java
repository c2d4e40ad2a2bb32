package io.ghostmoe.moe.ghost;

import io.ghostmoe.base.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** What wakes a ghost. */
public sealed interface GhostTrigger {

  /** {@return the word for it in settings and messages} */
  String word();

  /** The loss levels off while all experts are used and learn alike. */
  record Plateau() implements GhostTrigger {
    @Override
    public String word() {
      return "plateau";
    }
  }

  /** The experts' outputs point into directions of their own, and away from their input. */
  record Orthogonality() implements GhostTrigger {
    @Override
    public String word() {
      return "orthogonality";
    }
  }

  /** Nothing: a control. */
  record Never() implements GhostTrigger {
    @Override
    public String word() {
      return "never";
    }
  }

  /**
   * Given steps, one ghost of every layer at each: a control.
   *
   * @param steps ascending, from 0; at least one
   */
  record Steps(List<Long> steps) implements GhostTrigger {
    /** Refuses none, steps before the first of a run, and steps that do not ascend. */
    public Steps {
      steps = List.copyOf(steps);
      if (steps.isEmpty() || steps.getFirst() < 0) {
        throw new IllegalArgumentException("trigger: steps " + steps + " name none of a run's");
      }
      for (int i = 1; i < steps.size(); i++) {
        if (steps.get(i) <= steps.get(i - 1)) {
          throw new IllegalArgumentException("trigger: steps " + steps + " do not ascend");
        }
      }
    }

    /** As users count steps, from 1. */
    @Override
    public String word() {
      return steps.stream()
          .map(step -> Long.toString(step + 1))
          .collect(Collectors.joining(",", "step:", ""));
    }
  }

  /**
   * Steps drawn for each layer and ghost, within the bounds that hold for saturation: the placebo.
   *
   * @param seed of the draws, the run's
   */
  record Random(long seed) implements GhostTrigger {
    @Override
    public String word() {
      return "random";
    }

    /**
     * The steps at which a layer's ghosts wake, ascending and distinct; fewer than {@code ghosts}
     * where the bounds leave no room.
     *
     * @param first the earliest
     * @param last the latest
     */
    List<Long> steps(int layer, int ghosts, long first, long last) {
      long room = Math.max(0, last - first + 1);
      List<Long> drawn = new ArrayList<>();
      long key = CounterRandom.key(seed, "ghost_trigger", layer);
      for (long draw = 0; drawn.size() < Math.min(ghosts, room); draw++) {
        long step = first + Math.unsignedMultiplyHigh(CounterRandom.bits(key, draw), room);
        if (!drawn.contains(step)) {
          drawn.add(step);
        }
      }
      return drawn.stream().sorted().toList();
    }
  }

  /**
   * {@return the trigger that a setting names}
   *
   * @param setting {@code plateau}, {@code orthogonality}, {@code random}, {@code never}, or {@code
   *     step:N[,N…]} with steps counted from 1, in any order
   * @param seed of the run; only {@code random} depends on it
   * @throws IllegalArgumentException where it names none
   */
  static GhostTrigger of(String setting, long seed) {
    return switch (setting) {
      case "plateau" -> new Plateau();
      case "orthogonality" -> new Orthogonality();
      case "never" -> new Never();
      case "random" -> new Random(seed);
      case String steps when steps.startsWith("step:") -> new Steps(sorted(steps.substring(5)));
      case String other -> throw new IllegalArgumentException("trigger " + other);
    };
  }

  private static List<Long> sorted(String list) {
    return LongStream.of(Arrays.stream(list.split(",", -1)).mapToLong(Long::parseLong).toArray())
        .sorted()
        .mapToObj(step -> step - 1)
        .toList();
  }
}
