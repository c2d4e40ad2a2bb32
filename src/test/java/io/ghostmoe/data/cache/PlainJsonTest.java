package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class PlainJsonTest {
  private static PlainJson.Members read(String json) {
    return PlainJson.read(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    String text = "a \"b\" \\ \n\t\u0001 é 👍 \uD83D";
    PlainJson.Members read =
        read(
            PlainJson.write(
                Map.of("text", text, "n", -7L, "list", List.of("a", text), "in", Map.of("x", 1))));
    assertThat(read.text("text")).isEqualTo(text);
    assertThat(read.integer("n")).isEqualTo(-7);
    assertThat(read.list("list", String.class)).containsExactly("a", text);
    assertThat(read.members("in").count("x")).isEqualTo(1);
  }

  @Test
  void whatIsNotAsAskedForIsRefused() {
    PlainJson.Members read = read("{\"a\": 5000000000, \"b\": \"x\", \"c\": [1]}");
    assertThat(read.integer("a")).isEqualTo(5_000_000_000L);
    assertThatThrownBy(() -> read.count("a")).isInstanceOf(JacksonException.class);
    assertThatThrownBy(() -> read.integer("b")).isInstanceOf(JacksonException.class);
    assertThatThrownBy(() -> read.text("none")).isInstanceOf(JacksonException.class);
    assertThatThrownBy(() -> read.list("c", String.class)).isInstanceOf(JacksonException.class);
    for (String json : List.of("", "[]", "{} {}", "{\"a\": null}", "{\"a\": 1e999}", "{\"a\":")) {
      assertThatThrownBy(() -> read(json)).as(json).isInstanceOf(JacksonException.class);
    }
  }
}
