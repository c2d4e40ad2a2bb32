package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ghostmoe.moe.ghost.Wake;
import io.ghostmoe.train.RunStart;
import io.ghostmoe.train.RunSummary;
import io.ghostmoe.train.StepMetrics;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a run with ghosts leaves on disk and tells, before and after they wake. */
class RunGhostFilesTest {
  /** Learned scalars of an expert of width 12 and 19 hidden units, and of its router row. */
  private static final long EXPERT = 2 * 12 * 19 + 12 + 19;

  private static final long ROUTER_ROW = 12;

  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  /** Two layers of three primaries and three ghosts, of which two wake. */
  private SettingsBuilder<TrainSettings> ghosts(String run) {
    return fixture
        .settings(run)
        .with(GhostSettings.NUM_GHOST_EXPERTS, 3)
        .with(GhostSettings.GHOST_TRIGGER, "step:4,7")
        .with(GhostSettings.GHOST_RAMP_STEPS, 4);
  }

  /** How many of a layer's ghosts are awake in a step, from 1. */
  private static int awake(int step) {
    return (step >= 4 ? 1 : 0) + (step >= 7 ? 1 : 0);
  }

  @Test
  void everyLineOfMetricsHasAValueAGhostAndALoadAnAwakeExpert() throws IOException {
    fixture.train(ghosts("a"));
    List<String> lines = Files.readAllLines(fixture.run("a").metrics());
    assertThat(lines).hasSize(12);
    for (int step = 1; step <= 12; step++) {
      JsonNode line = JsonMapper.shared().readTree(lines.get(step - 1));
      assertThat(line.get("saturation").size()).isEqualTo(2);
      assertThat(line.get("saturation")).allMatch(value -> isShare(value.asDouble(-1)));
      for (int layer = 0; layer < 2; layer++) {
        assertGhosts(line, layer, step);
        JsonNode load = line.get("expert_load").get(layer);
        assertThat(load.size()).as("step %d", step).isEqualTo(3 + awake(step));
        assertThat(load.valueStream().mapToDouble(JsonNode::asDouble).sum())
            .isCloseTo(1, within(1e-12));
      }
    }
  }

  private static boolean isShare(double value) {
    return value >= 0 && value <= 1;
  }

  private static void assertGhosts(JsonNode line, int layer, int step) {
    JsonNode states = line.get("ghost_states").get(layer);
    JsonNode activations = line.get("ghost_activations").get(layer);
    JsonNode rates = line.get("ghost_learning_rates").get(layer);
    assertThat(List.of(states.size(), activations.size(), rates.size())).containsOnly(3);
    for (int ghost = 0; ghost < 3; ghost++) {
      int wake = ghost == 0 ? 4 : 7;
      double activation = ghost < awake(step) ? Math.min(1, (step - wake + 1) / 4.0) : 0;
      assertThat(activations.get(ghost).asDouble()).isEqualTo(activation);
      assertThat(states.get(ghost).asString())
          .isEqualTo(activation == 0 ? "DORMANT" : activation < 1 ? "AWAKENING" : "ACTIVE");
      double rate = rates.get(ghost).asDouble();
      assertThat(rate).isBetween(0.0, 1e-3);
      assertThat(rate > 0).as("step %d, ghost %d: %s", step, ghost, rate).isEqualTo(activation > 0);
    }
  }

  @Test
  void theSummaryCountsWhatHasWeightsAtTheEnd() throws IOException {
    RunSummary none = fixture.train(fixture.settings("none"));
    RunSummary asleep = fixture.train(ghosts("asleep").with(GhostSettings.GHOST_TRIGGER, "never"));
    assertThat(asleep.parameters()).isEqualTo(none.parameters());
    assertThat(asleep.awakeParameters()).isEqualTo(none.parameters());
    assertThat(asleep.activeParameters()).isEqualTo(none.activeParameters());
    fixture.train(ghosts("a"));
    JsonNode summary = RunFixture.json(fixture.run("a").summary());
    long woken = 2 * 2;
    long all = none.parameters() + woken * (EXPERT + ROUTER_ROW);
    assertThat(summary.get("parameters").asLong()).isEqualTo(all);
    assertThat(summary.get("awake_parameters").asLong()).isEqualTo(all);
    // a token meets the longer router, but no more experts than before
    assertThat(summary.get("active_parameters").asLong())
        .isEqualTo(none.activeParameters() + woken * ROUTER_ROW);
  }

  /** Keeps what a run tells of its ghosts, and stops it after a step. */
  private static final class Told implements TrainListener {
    final List<RunStart> starts = new ArrayList<>();
    final List<Wake> wakes = new ArrayList<>();
    final TrainListener stop;

    Told(long step) {
      stop = RunFixture.stoppingAfter(step);
    }

    @Override
    public void onStart(RunStart start) {
      starts.add(start);
      stop.onStart(start);
    }

    @Override
    public void onWake(Wake wake) {
      wakes.add(wake);
    }

    @Override
    public void onStep(StepMetrics metrics) {
      stop.onStep(metrics);
    }

    @Override
    public boolean cancelled() {
      return stop.cancelled();
    }
  }

  @Test
  void aStartTellsHowManyAreAwakeAndEachWakeIsToldOnce() {
    Told first = new Told(6);
    var _ = GhostMoE.train(ghosts("a").build(), first);
    assertThat(first.starts.getFirst().awakeGhosts()).isZero();
    assertThat(first.starts.getFirst().allGhosts()).isEqualTo(6);
    assertThat(first.wakes).extracting(Wake::step).containsExactly(3L, 3L);
    Told second = new Told(99);
    var _ = fixture.resume("a", second);
    // those of step 7 have been decided, and are not awake before it
    assertThat(second.starts.getFirst().awakeGhosts()).isEqualTo(2);
    assertThat(second.wakes).extracting(Wake::step).containsExactly(6L, 6L);
    assertThat(second.wakes).extracting(Wake::layer).containsExactly(0, 1);
    assertThat(second.wakes).extracting(Wake::expert).containsExactly(4, 4);
    assertThat(second.wakes).extracting(Wake::parent).allMatch(parent -> parent >= 0 && parent < 3);
  }
}
