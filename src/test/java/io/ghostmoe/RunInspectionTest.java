package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.RunInspection.GhostInfo;
import io.ghostmoe.RunInspection.LayerInfo;
import io.ghostmoe.RunInspection.TensorInfo;
import io.ghostmoe.base.UserException;
import io.ghostmoe.train.RunSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An inspection says what the files hold, or in one line why it cannot. */
class RunInspectionTest {
  @TempDir Path folder;
  private RunFixture fixture;

  @BeforeEach
  void writeTheDataset() throws IOException {
    fixture = new RunFixture(folder);
  }

  private SettingsBuilder<TrainSettings> ghosts(String run) {
    return fixture
        .settings(run)
        .with(GhostSettings.NUM_GHOST_EXPERTS, 2)
        .with(GhostSettings.GHOST_TRIGGER, "step:4")
        .with(GhostSettings.GHOST_RAMP_STEPS, 4);
  }

  private RunInspection inspect(String checkpoint) {
    return GhostMoE.inspect(fixture.run("a"), checkpoint);
  }

  private static TensorInfo tensor(RunInspection found, String name) {
    return found.tensors().stream().filter(each -> each.name().equals(name)).findFirst().get();
  }

  private void refused(String checkpoint, String... expected) {
    assertThatThrownBy(() -> inspect(checkpoint))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll(expected)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void theTotalsAreTheSummarys() throws IOException {
    RunSummary summary = fixture.train(ghosts("a"));
    RunInspection found = inspect("latest");
    assertThat(found.run()).isEqualTo("a");
    assertThat(found.step()).isEqualTo(12);
    assertThat(found.parameters()).isEqualTo(summary.parameters());
    assertThat(found.awakeParameters()).isEqualTo(summary.awakeParameters());
    assertThat(found.activeParameters()).isEqualTo(summary.activeParameters());
    assertThat(tensor(found, "layers.1.moe.experts.up.weight"))
        .isEqualTo(
            new TensorInfo(
                "layers.1.moe.experts.up.weight",
                List.of(4L, 19L, 12L),
                4 * 19 * 12,
                4L * 4 * 19 * 12,
                true));
    assertThat(found.tensors().stream().filter(each -> !each.learned()).map(TensorInfo::name))
        .containsExactlyInAnyOrder("layers.0.moe.balance_bias", "layers.1.moe.balance_bias");
    assertThat(found.weightBytes()).isEqualTo(4 * (summary.parameters() + 2 * 4));
    long files = 0;
    for (String name : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
      files += Files.size(fixture.checkpointFile("a", 12, name));
    }
    assertThat(found.checkpointBytes()).isEqualTo(files);
  }

  @Test
  void theGhostsAreThoseOfTheCheckpoint() {
    fixture.train(ghosts("a").with(RunSettings.KEEP_CHECKPOINTS, 9));
    LayerInfo before = inspect("3").layers().get(1);
    assertThat(before.primaries()).isEqualTo(3);
    assertThat(before.experts()).isEqualTo(3);
    GhostInfo decided = before.ghosts().getFirst();
    assertThat(decided.state()).isEqualTo("AWAKENING");
    assertThat(decided.hasWeights()).as("they come with its first step").isFalse();
    assertThat(decided.wakeStep()).contains(4L);
    assertThat(decided.expert()).contains(3);
    GhostInfo dormant =
        new GhostInfo("DORMANT", 0, false, Optional.empty(), Optional.empty(), Optional.empty());
    assertThat(before.ghosts().getLast()).isEqualTo(dormant);

    RunInspection after = inspect("latest");
    assertThat(after.ghosts()).isEqualTo(4);
    assertThat(after.awakeGhosts()).isEqualTo(2);
    LayerInfo layer = after.layers().get(1);
    assertThat(layer.experts()).isEqualTo(4);
    GhostInfo active = layer.ghosts().getFirst();
    assertThat(active)
        .isEqualTo(
            new GhostInfo("ACTIVE", 1, true, Optional.of(4L), Optional.of(3), active.parent()));
    assertThat(active.parent()).hasValueSatisfying(parent -> assertThat(parent).isBetween(0, 2));
    assertThat(layer.ghosts().getLast()).isEqualTo(dormant);
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThatThrownBy(() -> GhostMoE.inspect(fixture.run("a"), "latest"))
        .hasMessageContaining("no run a in");
    fixture.train(fixture.settings("a"));
    assertThatThrownBy(() -> GhostMoE.inspect(fixture.run("ab"), "latest"))
        .hasMessageContaining("did you mean --run a?");
    refused("7", "has no checkpoint 7", "it has those of the steps 8, 9, 12");
    refused("last", "--checkpoint last: must be latest, best or a step");
  }

  @Test
  void aRunWithoutACheckpointSaysSo() throws IOException {
    fixture.train(fixture.settings("a"));
    Files.move(fixture.run("a").checkpoints(), folder.resolve("elsewhere"));
    refused("latest", "has no checkpoint latest: train it first.");
    refused("best", "has no checkpoint best: train it first.");
    refused("12", "has no checkpoint 12: train it first.");
  }

  @ParameterizedTest
  @CsvSource({"embed_dim, 16", "num_experts, 2", "num_experts, 4", "expert_hidden, 20"})
  void aConfigurationOfAnotherModelIsRefused(String key, String value) throws IOException {
    fixture.train(fixture.settings("a"));
    Path config = fixture.run("a").config();
    Files.writeString(
        config,
        Files.readString(config).replaceAll("\"" + key + "\" : \\d+", "\"" + key + "\": " + value));
    refused("latest", "model.safetensors", "configuration");
  }

  @Test
  void aLayerTooManyIsRefused() throws IOException {
    fixture.train(fixture.settings("a"));
    Path config = fixture.run("a").config();
    Files.writeString(
        config, Files.readString(config).replace("\"num_layers\" : 2", "\"num_layers\" : 3"));
    refused("latest", "holds no array called layers.2.moe.balance_bias");
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    fixture.train(fixture.settings("a"));
    overwrite(fixture.checkpointFile("a", 12, "state.json"), 4, "x");
    refused("latest", "step-00000012 is damaged: the content of state.json has changed");
    overwrite(fixture.checkpointFile("a", 9, "model.safetensors"), 8, "[");
    refused("9", "model.safetensors: the header does not start with {");
    Files.writeString(fixture.run("a").config(), "{");
    refused("latest", "config.json is not JSON");
  }

  private static void overwrite(Path file, long at, String text) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), at);
    }
  }

  @Test
  void weightsAreNotRead() throws IOException {
    fixture.train(fixture.settings("a"));
    Path file = fixture.checkpointFile("a", 12, "model.safetensors");
    overwrite(file, Files.size(file) - 4, "spoilt".substring(0, 4));
    assertThat(inspect("latest").step()).isEqualTo(12);
  }
}
