package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class NativeLibrariesTest {
  private static final String TEMPORARY = "java.io.tmpdir";

  @Test
  void aLibraryThatTheSystemDoesNotLoadIsOneLineWithTheRemedy() {
    String common = System.getProperty(TEMPORARY);
    AtomicReference<String> own = new AtomicReference<>("");
    assertThatThrownBy(
            () ->
                NativeLibraries.load(
                    () -> {
                      own.set(System.getProperty(TEMPORARY));
                      throw new UnsatisfiedLinkError(
                          """
                          Error while loading native library "JCudaDriver"
                          Operating system name: Linux
                          failed to map segment from shared object
                          """);
                    }))
        .isInstanceOfSatisfying(
            UserException.class,
            e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
        .hasMessage(
            "JCuda's native library cannot be loaded from %s (Error while loading native library \"JCudaDriver\"): where that is mounted noexec, name another folder by GHOSTMOE_JAVA_OPTS=-Djava.io.tmpdir=FOLDER"
                .formatted(common));
    assertThat(System.getProperty(TEMPORARY)).isEqualTo(common);
    assertThat(Files.exists(Path.of(own.get()))).isFalse();
  }
}
