package io.ghostmoe.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.RandomTexts;
import io.ghostmoe.data.SharedData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.core.exc.StreamReadException;

class SourceTest {
  @TempDir Path folder;

  private final List<SourceRecord> records = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();

  private void read(String name, String content) throws IOException {
    read(Files.writeString(folder.resolve(name), content));
  }

  private void read(Path file) throws IOException {
    records.clear();
    broken.clear();
    Source.of(file)
        .read(
            field -> true,
            new Source.RecordSink() {
              @Override
              public void record(SourceRecord record) {
                records.add(record);
              }

              @Override
              public void broken(int place, String why) {
                broken.add(place + ": " + why);
              }
            });
  }

  private List<String> values(String field) {
    return records.stream()
        .map(r -> ((SourceRecord.Fields) r).fields().getOrDefault(field, none()).text())
        .toList();
  }

  private static FieldValue none() {
    return new FieldValue.Nothing();
  }

  @Test
  void aListOfObjectsIsReadWithItsLines() throws IOException {
    read(
        "a.json", "\uFEFF[ {\"text\": \"é\"},\n 7,\n{\"text\": \"b\", \"n\": [1, {\"x\": 2}]} ]\n");
    assertThat(values("text")).containsExactly("é", "b");
    assertThat(records.stream().map(SourceRecord::place)).containsExactly(1, 3);
    assertThat(broken).containsExactly("2: not a JSON object");
  }

  @Test
  void aLineThatIsTooLongIsNamedAndPassedOver() throws IOException {
    Path file = folder.resolve("a.jsonl");
    String long1 = "{\"text\": \"%s\"}\n".formatted("x".repeat(JsonRecords.LONGEST));
    Files.writeString(file, "{\"text\": \"a\"}\n" + long1 + "{\"text\": \"b\"}\n" + long1.strip());
    read(file);
    assertThat(values("text")).containsExactly("a", "b");
    assertThat(broken)
        .containsExactly(
            "2: longer than 16 MiB, cut it into several records",
            "4: longer than 16 MiB, cut it into several records");
  }

  @Test
  void bytesThatOnlyGoOnWithACharacterAreCutTooAndNoText() throws IOException {
    byte[] rest = new byte[4 * TextSource.LIMIT];
    Arrays.fill(rest, (byte) 0x80);
    read(Files.write(folder.resolve("a.txt"), rest));
    assertThat(records).isEmpty();
    assertThat(broken).hasSizeBetween(3, 5).allMatch(what -> what.equals("1: not UTF-8"));
  }

  @Test
  void aRecordOfTooManyFieldsIsRefused() {
    StringBuilder fields = new StringBuilder("[{\"f\": 0");
    for (int i = 0; i < JsonRecords.LONGEST / 64; i++) {
      fields.append(",\"f").append(i).append("\":0");
    }
    assertRefused(fields + "}]", "a record longer than 16 MiB");
    assertRefused("[\n{\"text\": \"" + "x".repeat(JsonRecords.LONGEST + 1) + "\"}]", "line 2: ");
  }

  @Test
  void anObjectWithOneListOfObjectsIsRead() throws IOException {
    read(
        "a.json",
        "{\"version\": [1, 2], \"meta\": {\"rows\": [{}]}, \"data\": [{\"text\": \"a\"}], \"z\":"
            + " 1}");
    assertThat(values("text")).containsExactly("a");
  }

  @Test
  void anyOtherShapeIsRefusedWithTheReason() {
    assertRefused("{\"a\": [{}], \"b\": [{}]}", "several lists of objects (a, b)");
    assertRefused("{\"a\": 1}", "an object without a list of objects");
    assertRefused("\"text\"", "no list of records");
    assertRefused("", "no list of records");
    assertRefused("{\"text\": \"a\"}\n{\"text\": \"b\"}\n", "name it .jsonl");
    assertRefused("[{\"text\": \"a\"}] []", "more than one JSON value");
    assertRefused("[{\"text\": \"a\"},\n{\"text\": \"b\",\n", "line 3: broken JSON");
    assertRefused("[{\"text\": \"a\"},\n{\"text\" \"b\"}]", "line 2: broken JSON");
  }

  private void assertRefused(String json, String reason) {
    assertThatThrownBy(() -> read("a.json", json))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("a.json")
        .hasMessageContaining(reason);
  }

  @Test
  void bytesThatAreNoUtf8AreNamedByTheirLine() throws IOException {
    byte[] json =
        "[{\"text\": \"a\"},\n{\"text\": \"\u00FF\"}]".getBytes(StandardCharsets.ISO_8859_1);
    Path file = Files.write(folder.resolve("latin.json"), json);
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("line 2: not UTF-8");
    byte[] lines =
        "{\"text\": \"a\"}\n{\"text\": \"\u00FF\"}\n{\"text\": \"c\"}\n"
            .getBytes(StandardCharsets.ISO_8859_1);
    read(Files.write(folder.resolve("latin.jsonl"), lines));
    assertThat(values("text")).containsExactly("a", "c");
    assertThat(broken).containsExactly("2: not UTF-8");
    byte[] text = "one\n\u00FF\nthree\n".getBytes(StandardCharsets.ISO_8859_1);
    read(Files.write(folder.resolve("latin.txt"), text));
    assertThat(records)
        .containsExactly(new SourceRecord.Text(1, "one\n"), new SourceRecord.Text(3, "three\n"));
    assertThat(broken).containsExactly("2: not UTF-8");
  }

  @Test
  void linesThatAreNoRecordAreNamedAndTheRestIsRead() throws IOException {
    read(
        "a.jsonl",
        """
        \uFEFF{"text": "a"}\r
        \r
        \s\s\s
        [1]
        {"text":\s
        {"text": "b"} x
        {"text": "c"}\
        """);
    assertThat(values("text")).containsExactly("a", "c");
    assertThat(records.getLast().place()).isEqualTo(7);
    assertThat(broken).hasSize(3);
    assertThat(broken.get(0)).isEqualTo("4: not a JSON object");
    assertThat(broken.get(1)).startsWith("5: broken JSON");
    assertThat(broken.get(2)).startsWith("6: ");
  }

  @Test
  void numbersAndBooleansAreTextAsWritten() throws IOException {
    read("a.jsonl", "{\"a\": 4, \"b\": 4.50, \"c\": true, \"d\": 1e400, \"e\": null}");
    assertThat(values("a")).containsExactly("4");
    assertThat(values("b")).containsExactly("4.50");
    assertThat(values("c")).containsExactly("true");
    assertThat(values("d")).containsExactly("1e400");
    assertThat(values("e")).containsExactly("");
  }

  @Test
  void documentsOfATextPutTogetherAreTheText() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      StringBuilder text = new StringBuilder("x");
      for (int part = 0; part < 12; part++) {
        String line = RandomTexts.text(100L * seed + part, 400);
        text.append(line.repeat(part == 7 ? 40 : 1)).append(part % 2 == 0 ? "\n\n" : "\r\n");
      }
      read("a.txt", text.toString());
      StringBuilder together = new StringBuilder();
      for (SourceRecord record : records) {
        together.append(((SourceRecord.Text) record).text());
      }
      assertThat(together.toString()).as("seed %d", seed).isEqualTo(text.toString());
      assertThat(broken).isEmpty();
    }
  }

  @Test
  void textDocumentsEndAtBlankLinesAndAreBounded() throws IOException {
    String paragraph = "word ".repeat(300) + "\n";
    read("a.txt", (paragraph + "\n").repeat(3) + "y".repeat(40_000) + "\nend\n");
    assertThat(records).hasSizeGreaterThanOrEqualTo(4);
    SourceRecord.Text first = (SourceRecord.Text) records.getFirst();
    assertThat(first.text()).isEqualTo((paragraph + "\n").repeat(2));
    assertThat(records.get(1).place()).isEqualTo(5);
    for (SourceRecord record : records) {
      assertThat(((SourceRecord.Text) record).text().length()).isLessThan(2 * TextSource.LIMIT);
    }
  }

  @Test
  void tinyShakespeareBecomesEnoughDocumentsToSplit() throws IOException {
    Path file = SharedData.file("tinyshakespeare/input.txt");
    read(file);
    assertThat(records).hasSizeBetween(300, 600);
    assertThat(records.stream().mapToLong(r -> ((SourceRecord.Text) r).text().length()).sum())
        .isEqualTo(Files.size(file));
  }

  static List<Arguments> oneRecordEach() {
    return List.of(
        Arguments.of("a.csv", "text\na\n"),
        Arguments.of("a.json", "[{\"text\": \"a\"}]"),
        Arguments.of("a.jsonl", "{\"text\": \"a\"}"),
        Arguments.of("b.jsonl", "7"),
        Arguments.of("a.txt", "a"));
  }

  /** A full disk where the records go is not the fault of the file that they come from. */
  @ParameterizedTest
  @MethodSource("oneRecordEach")
  void whatTheSinkThrowsComesOutAsItWas(String name, String content) throws IOException {
    Source source = Source.of(Files.writeString(folder.resolve(name), content));
    requireThrown(source, new UncheckedIOException(new IOException("No space left on device")));
    requireThrown(source, new StreamReadException("of another JSON"));
  }

  @Test
  void whatTheSinkOfAParquetFileThrowsComesOutAsItWas() {
    Source source = Source.of(SharedData.file("parquet/hyparquet-test.parquet"));
    requireThrown(source, new UncheckedIOException(new IOException("No space left on device")));
  }

  private static void requireThrown(Source source, RuntimeException thrown) {
    Source.RecordSink full =
        new Source.RecordSink() {
          @Override
          public void record(SourceRecord record) {
            throw thrown;
          }

          @Override
          public void broken(int place, String why) {
            throw thrown;
          }
        };
    assertThatThrownBy(() -> source.read(_ -> true, full)).isSameAs(thrown);
  }

  @Test
  void aPathThatCannotBeReadIsRefusedInOneLine() throws IOException {
    assertThatThrownBy(() -> Source.of(folder.resolve("none.json")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> Source.of(folder)).isInstanceOf(UserException.class);
    Path document = Files.writeString(folder.resolve("a.doc"), "a,b");
    assertThatThrownBy(() -> Source.of(document))
        .isInstanceOf(UserException.class)
        .hasMessageContaining(".jsonl");
  }
}
