package io.ghostmoe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainStateTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"version\": 1, \"step\": 3}; has version 1, this program reads 3",
        "{\"version\": 4, \"step\": \"three\"}; has version 4, this program reads 3",
        "{\"version\": 2, \"step\": 3}; is damaged",
        "{\"version\": 3, \"step\": 3}; is damaged",
        "{\"version\": 3, \"ghosts\": null}; is damaged",
        "{\"version\": 3, \"ghosts\": {\"layers\": null}}; is damaged",
        "{\"step\": 3}; is damaged",
        "{\"step\": [1, {\"version\": 2}], \"version\": 1}; has version 1",
        "{\"version\": \"two\"}; is damaged",
        "[]; is damaged",
        "''; is damaged",
      })
  void aStateThatCannotBeReadIsOneLine(String json, String expected) throws IOException {
    Path file = Files.writeString(folder.resolve("state.json"), json);
    refused(() -> TrainState.read(file), expected);
    refused(() -> TrainState.readGhosts(file), expected);
  }

  private static void refused(ThrowingCallable reading, String expected) {
    assertThatThrownBy(reading)
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageContainingAll("state.json", expected)
        .message()
        .doesNotContain("\n");
  }
}
