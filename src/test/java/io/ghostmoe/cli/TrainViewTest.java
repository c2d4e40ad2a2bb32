package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.moe.ghost.Wake;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a person sees of ghosts while a run trains. */
class TrainViewTest {
  private final FakeEngine engine = new FakeEngine();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void aRunWithGhosts() {
    engine.ghosts = 2;
    engine.wakes =
        List.of(new Wake(9, 0, 0, 3, 1, "plateau", 0.9), new Wake(19, 1, 0, 3, 2, "plateau", 0.76));
  }

  private void train(boolean interactive, int width) {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(stream, stream, interactive, false, width);
    assertThat(
            new CommandLineApp(engine, terminal, new Cancellation())
                .run("train", "--max-steps", "40"))
        .isZero();
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theStartEachWakeAndTheEndHaveALine() {
    train(false, 80);
    assertThat(out().lines())
        .containsSubsequence(
            "parameters  3,300,000, of which a token meets 2,200,000",
            "memory      about 150.0 MiB, of which activations 40.0 MiB",
            "ghosts      2 a layer, asleep until their layer is saturated (plateau, threshold"
                + " 0.75)",
            "steps       40",
            "step 10  ghost 0 of layer 0 wakes as expert 3, a clone of expert 1"
                + " (plateau: saturation 0.90 ≥ 0.75)",
            "step 20  ghost 0 of layer 1 wakes as expert 3, a clone of expert 2"
                + " (plateau: saturation 0.76 ≥ 0.75)",
            "ghosts: 2 of 4 awake; 3,300,000 parameters awake, of which a token meets 2,200,000",
            "memory at most 300.0 MiB");
  }

  @Test
  void checkpointedActivationsAreSaidToBe() {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(stream, stream, false, false, 80);
    CommandLineApp app = new CommandLineApp(engine, terminal, new Cancellation());
    assertThat(app.run("train", "--max-steps", "40", "--activation-checkpointing")).isZero();
    assertThat(out().lines())
        .contains("memory      about 150.0 MiB, of which activations 40.0 MiB, checkpointed");
  }

  @Test
  void aRunWithoutGhostsDoesNotMentionThem() {
    engine.ghosts = 0;
    engine.wakes = List.of();
    train(true, 120);
    assertThat(out()).contains("40/40").doesNotContain("ghosts");
  }

  @Test
  void theBarCountsTheAwakeOnesWhereThereIsRoom() {
    train(true, 120);
    assertThat(out()).containsPattern("100% \\[=+] 40/40  loss 4\\.5000  .* left  ghosts 2/4");
    out.reset();
    train(true, 70);
    assertThat(out()).contains("40/40  loss 4.5000").doesNotContain("ghosts 2/4");
  }

  @Test
  void aMessageFitsWhereTheNarrowestBarLeavesItRoom() {
    String line = Bar.render(100, 100, "loss 1  ghosts 2/4", 43);
    assertThat(line).isEqualTo("100% [========] 100/100  loss 1  ghosts 2/4");
    assertThat(Bar.fits(100, "loss 1  ghosts 2/4", 43)).isTrue();
    assertThat(Bar.fits(100, "loss 1  ghosts 2/4", 42)).isFalse();
  }
}
