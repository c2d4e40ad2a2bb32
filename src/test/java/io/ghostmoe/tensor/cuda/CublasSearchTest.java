package io.ghostmoe.tensor.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On file systems that hold what those of real machines hold. */
class CublasSearchTest {
  @TempDir Path root;

  private CublasSearch search(String asked, Map<String, String> environment) {
    return CublasSearch.of(asked, new NvidiaFolders(root, environment));
  }

  private String file(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(root.resolve(path.substring(0, path.lastIndexOf('/'))));
    return Files.writeString(file, "").toString();
  }

  @Test
  void theLoaderIsAskedFirstThenTheFoldersAndTheNewestFirst() throws IOException {
    String twelve = file("usr/local/cuda-12.8/lib64/libcublas.so.12");
    String thirteen = file("mine/lib/libcublas.so.13");
    file("mine/lib/libcublasLt.so.13");
    assertThat(search("", Map.of("CUDA_HOME", root.resolve("mine").toString())).libraries())
        .containsExactly("libcublas.so.13", thirteen, "libcublas.so.12", twelve);
  }

  @Test
  void aFolderThatDependsOnWhereTheProcessStartedIsNotTrusted() {
    assertThat(search("", Map.of("PATH", ".", "CUDA_HOME", "target/emulator")).libraries())
        .containsExactly("libcublas.so.13", "libcublas.so.12");
  }

  @Test
  void thePropertyNamesOneLibraryOrNone() {
    assertThat(search("/opt/libcublas.so.12", Map.of()).libraries())
        .containsExactly("/opt/libcublas.so.12");
    assertThat(search("/opt/libcublas.so.12", Map.of()).cause())
        .isEqualTo("/opt/libcublas.so.12 cannot be loaded");
    assertThat(search("off", Map.of()).libraries()).isEmpty();
    assertThat(search("off", Map.of()).cause()).isEqualTo("ghostmoe.cublas=off");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NVIDIA_TF32_OVERRIDE", "CUBLAS_EMULATE_SINGLE_PRECISION"})
  void noneIsUsedThatWasToldToRoundWhatShallNotBeRounded(String variable) {
    assertThat(search("", Map.of(variable, "1")).libraries()).isEmpty();
    assertThat(search("", Map.of(variable, "1")).cause())
        .isEqualTo(variable + "=1 would have it compute in another precision");
    assertThat(search("", Map.of(variable, "0")).libraries()).isNotEmpty();
  }
}
