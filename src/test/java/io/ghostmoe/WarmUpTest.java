package io.ghostmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.device.Device;
import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.ScalarBackend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import io.ghostmoe.train.Profile;
import io.ghostmoe.train.TrainListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs beside the preparation of the data, so that the compiler knows the kernels in time. */
class WarmUpTest {
  @TempDir Path folder;

  @Test
  void itCallsEveryOperationOfARunsSteps() throws IOException {
    Set<String> called = new HashSet<>();
    RunFixture fixture = new RunFixture(folder);
    fixture.writeRows(20);
    var _ =
        GhostMoE.train(
            fixture.settings("a").with(RunSettings.PROFILE, true).build(),
            new TrainListener() {
              @Override
              public void onProfile(Profile profile) {
                called.addAll(operations(profile));
              }
            });
    Profile warm = new Profile();
    try (Backend backend = new VectorBackend(1)) {
      WarmUp.run(warm.watch(backend));
    }
    called.remove(
        "linearCrossEntropy"); // an evaluation's, of which the gradients' is the longer part
    assertThat(called).contains("linearCrossEntropyGradients", "adamW", "attentionBackward");
    assertThat(operations(warm)).containsAll(called);
  }

  private static Set<String> operations(Profile profile) {
    Set<String> names = new HashSet<>();
    profile.lines().forEach(line -> names.add(line.operation()));
    return names;
  }

  @Test
  void onlyTheVectorsOfTheCpuAreWarmedUp() {
    try (Device vectors = new Device(new VectorBackend(2), "asked for");
        Device scalars = new Device(ScalarBackend.float32(), "asked for")) {
      Optional<Backend> twin = vectors.twin();
      assertThat(twin)
          .map(Backend::description)
          .hasValueSatisfying(it -> assertThat(it).endsWith("1 thread"));
      twin.ifPresent(Backend::close);
      assertThat(scalars.twin()).isEmpty();
    }
  }
}
