package io.ghostmoe.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
  @ParameterizedTest(name = "{0} to {1} takes {2}")
  @CsvSource({
    "'', '', 0",
    "'', abc, 3",
    "abc, '', 3",
    "embed_dim, embed_dim, 0",
    "embd_dim, embed_dim, 1",
    "emebd_dim, embed_dim, 1",
    "ab, ba, 1",
    "abc, cb, 2",
    "ca, abc, 3",
    "kitten, sitting, 3",
  })
  void editsAreCounted(String from, String to, int distance) {
    assertThat(NearestName.distance(from, to)).isEqualTo(distance);
    assertThat(NearestName.distance(to, from)).isEqualTo(distance);
  }

  @Test
  void theNearestCandidateIsTheFirstOfEquals() {
    assertThat(NearestName.of("topk", List.of("seed", "top_k", "top_p"))).contains("top_k");
    assertThat(NearestName.of("b", List.of("a", "c"))).contains("a");
    assertThat(NearestName.of("b", List.of())).isEmpty();
  }
}
