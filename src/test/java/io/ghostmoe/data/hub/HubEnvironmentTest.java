package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubEnvironmentTest {
  @TempDir Path home;

  private HubEnvironment of(String... variables) {
    return HubEnvironment.of(
        variables.length == 0
            ? Map.of()
            : variables.length == 2
                ? Map.of(variables[0], variables[1])
                : Map.of(variables[0], variables[1], variables[2], variables[3]),
        home);
  }

  private String token(String... variables) {
    return of(variables).token().map(HubToken::authorization).orElse("");
  }

  @Test
  void withoutVariablesItIsThePublicHubAndTheUsualFolder() {
    assertThat(of().endpoint()).hasToString("https://huggingface.co");
    assertThat(of().cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(of().offline()).isFalse();
    assertThat(of().token()).isEmpty();
  }

  @Test
  void foldersComeFromTheVariables() {
    assertThat(of("HF_HOME", "/x").cache()).isEqualTo(Path.of("/x/hub"));
    assertThat(of("HF_HOME", "/x", "HF_HUB_CACHE", "/y").cache()).isEqualTo(Path.of("/y"));
    assertThat(of("XDG_CACHE_HOME", "/z").cache()).isEqualTo(Path.of("/z/huggingface/hub"));
    assertThat(of("HF_HOME", "~/h").cache()).isEqualTo(home.resolve("h/hub"));
    assertThat(of("HF_HOME", "").cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
  }

  @Test
  void theTokenIsTheVariableThenTheFile() throws IOException {
    Path file = Files.writeString(home.resolve("mine"), " hf_file\n");
    Files.createDirectories(home.resolve(".cache/huggingface"));
    Files.writeString(home.resolve(".cache/huggingface/token"), "hf_usual");
    assertThat(token("HF_TOKEN", "hf_variable ", "HF_TOKEN_PATH", file.toString()))
        .isEqualTo("Bearer hf_variable");
    assertThat(token("HF_TOKEN_PATH", file.toString())).isEqualTo("Bearer hf_file");
    assertThat(token()).isEqualTo("Bearer hf_usual");
    assertThat(token("HF_TOKEN_PATH", home.resolve("none").toString())).isEmpty();
    assertThat(token("HF_HUB_OFFLINE", "1")).isEmpty(); // nobody will ask for it
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true", "Yes", "ON"})
  void offlineIsAnyWordForYes(String word) {
    assertThat(of("HF_HUB_OFFLINE", word).offline()).isTrue();
    assertThat(of("HF_HUB_OFFLINE", "0").offline()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ftp://x", "huggingface.co", "http://", "http://u:secret@x", "http://x?q=1", ":"})
  void anEndpointThatIsNoneIsRefused(String endpoint) {
    assertThatThrownBy(() -> of("HF_ENDPOINT", endpoint))
        .isInstanceOf(UserException.class)
        .message()
        .contains("HF_ENDPOINT")
        .doesNotContain("secret");
  }

  @Test
  void anEndpointMayEndWithASlash() {
    assertThat(of("HF_ENDPOINT", "http://127.0.0.1:8080/").endpoint())
        .hasToString("http://127.0.0.1:8080");
  }
}
