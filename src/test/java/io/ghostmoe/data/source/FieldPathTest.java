package io.ghostmoe.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FieldPathTest {
  private static FieldValue text(String text) {
    return new FieldValue.Text(text);
  }

  private final Map<String, FieldValue> record =
      Map.of(
          "a",
              new FieldValue.Members(
                  Map.of("b", new FieldValue.Items(List.of(object("first"), object("last"))))),
          "x.y", text("dotted"),
          "l", new FieldValue.Items(List.of(text("one"))));

  private static FieldValue object(String text) {
    return new FieldValue.Members(Map.of("c", text(text)));
  }

  private @Nullable FieldValue find(String path) {
    return new FieldPath(path).find(record);
  }

  @Test
  void aPathLeadsThroughObjectsAndLists() {
    assertThat(find("a.b[0].c")).isEqualTo(text("first"));
    assertThat(find("a.b[-1].c")).isEqualTo(text("last"));
    assertThat(find("l[0]")).isEqualTo(text("one"));
    assertThat(find("a")).isInstanceOf(FieldValue.Members.class);
  }

  @Test
  void aFieldThatHasThatVeryNameComesFirst() {
    assertThat(find("x.y")).isEqualTo(text("dotted"));
  }

  @Test
  void aPathThatLeadsNowhereFindsNothing() {
    for (String path : List.of("z", "a.z", "a[0]", "l.a", "l[1]", "l[-2]", "a.b[0].c.d", "x", "")) {
      assertThat(find(path)).as(path).isNull();
    }
  }

  @Test
  void whatIsNoPathIsAName() {
    for (String name : List.of("a[", "a..b", ".a", "a[x]", "[0]", "a[0]b", "a[99999999999]")) {
      assertThat(new FieldPath(name).root()).isEqualTo(name);
      assertThat(new FieldPath(name).find(Map.of(name, text("t")))).isEqualTo(text("t"));
    }
  }

  @Test
  void theFieldOfTheRecordThatAPathBeginsWithIsOnIt() {
    FieldPath path = new FieldPath("a.b[0].c");
    assertThat(path.isOn("a")).isTrue();
    assertThat(path.isOn("a.b[0].c")).isTrue();
    assertThat(path.isOn("b")).isFalse();
  }
}
