package io.ghostmoe.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.OpenFiles;
import io.ghostmoe.data.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatsTest {
  private static final RecordRules USUAL = new RecordRules(null, null, null);

  @TempDir Path folder;

  private static List<String> texts(Path file, RecordRules rules) {
    List<String> texts = new ArrayList<>();
    RecordReport report =
        new DocumentReader(List.of(Source.of(file)), rules).read(d -> texts.add(d.text()));
    assertThat(report.bad()).as("bad records").isZero();
    return texts;
  }

  private static RecordReport report(Path file) {
    return new DocumentReader(List.of(Source.of(file)), USUAL).read(_ -> {});
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static byte[] packed(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out =
        name.endsWith(".gz") ? new GZIPOutputStream(bytes) : new ZstdOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void aCsvRecordIsReadByItsHeader() throws IOException {
    Path file =
        write(
            "a.csv",
            """
            \uFEFFquestion,note,answer\r
            "two, and ""two""?",x,4\r
            \r
            "over
            two lines",,é\r
            """);
    assertThat(texts(file, USUAL))
        .containsExactly(
            "Question: two, and \"two\"?\nAnswer: 4", "Question: over\ntwo lines\nAnswer: é");
    assertThat(report(file).dropped()).containsEntry("note", 2);
    assertThat(texts(write("a.tsv", "id\ttext\n1\ta, \"b\"\n"), USUAL)).containsExactly("a, \"b\"");
  }

  @Test
  void aCsvRecordWithAnotherNumberOfFieldsIsNamedByItsLine() throws IOException {
    RecordReport report = report(write("a.csv", "text,n\na,1\nb\nc,1,2\nd,4\n"));
    assertThat(report.documents()).isEqualTo(2);
    assertThat(report.badPlaces())
        .endsWith("a.csv: line 3: 1 fields instead of 2; line 4: 3 fields instead of 2");
  }

  @Test
  void csvThatCannotBeToldIntoRecordsIsRefused() throws IOException {
    assertThatThrownBy(() -> report(write("a.csv", "text\n\"a\nb\n")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("a.csv: broken CSV");
    assertThatThrownBy(() -> report(write("b.csv", "text,text\na,b\n")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("\"text\" twice");
    Path latin = folder.resolve("c.csv");
    Files.write(latin, "text\na\n\u00FF\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> report(latin))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("line 3: not UTF-8");
  }

  @Test
  void compressedFilesReadAsTheyWouldUnpacked() throws IOException {
    String lines = "{\"text\": \"é 1\"}\n{\"text\": \"b\"}\n";
    for (String packing : List.of(".gz", ".zst")) {
      for (String name : List.of("a.jsonl", "a.txt", "a.csv", "a.json")) {
        String content =
            switch (name) {
              case "a.csv" -> "text\né 1\nb\n";
              case "a.json" -> "[%s]".formatted(lines.strip().replace("\n", ","));
              default -> lines;
            };
        Path plain = write(name, content);
        Path file = folder.resolve(name + packing);
        byte[] bytes = packed(packing, content.getBytes(StandardCharsets.UTF_8));
        Files.write(file, bytes);
        assertThat(texts(file, USUAL)).as(name + packing).isEqualTo(texts(plain, USUAL));
        // what several writers have written one after the other is one file
        if (name.equals("a.jsonl")) {
          byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
          System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
          assertThat(texts(Files.write(file, twice), USUAL)).hasSize(4);
        }
      }
    }
  }

  @Test
  void aCompressedFileThatIsCutOrNoneIsRefusedInOneLine() throws IOException {
    byte[] content =
        "{\"text\": \"%s\"}\n"
            .formatted("word ".repeat(500))
            .repeat(9)
            .getBytes(StandardCharsets.UTF_8);
    for (String packing : List.of(".gz", ".zst")) {
      byte[] bytes = packed(packing, content);
      for (byte[] damaged :
          List.of(Arrays.copyOf(bytes, bytes.length / 2), Arrays.copyOf(bytes, 3), content)) {
        Path file = Files.write(folder.resolve("a.jsonl" + packing), damaged);
        assertThatThrownBy(() -> report(file))
            .as(packing)
            .isInstanceOf(UserException.class)
            .hasMessageContaining("a.jsonl" + packing + ": not whole or not");
      }
    }
  }

  @Test
  void aFileThatFailsAtItsBeginningIsNotLeftOpen() throws IOException {
    byte[] damaged = packed(".gz", "[]".getBytes(StandardCharsets.UTF_8));
    damaged[10] = (byte) 0xFF; // right behind the header, a kind of block that there is not
    byte[] notUtf8 = {(byte) 0xFF, '\n'};
    for (String name : List.of("a.json", "a.jsonl", "a.csv", "a.txt")) {
      Path packed = Files.write(folder.resolve(name + ".gz"), damaged);
      assertThatThrownBy(() -> report(packed)).as(name).hasMessageContaining("not whole or not");
      assertThat(OpenFiles.below(folder)).as(name).isEmpty();
    }
    for (String name : List.of("b.json", "b.csv")) {
      Path plain = Files.write(folder.resolve(name), notUtf8);
      assertThatThrownBy(() -> report(plain)).as(name).hasMessageContaining("line 1: not UTF-8");
      assertThat(OpenFiles.below(folder)).as(name).isEmpty();
    }
  }

  @Test
  void parquetOfOtherToolsHoldsWhatJsonlHolds() {
    Path train = SharedData.file("parquet/duck-zstd.parquet");
    assertThat(texts(train, USUAL)).isEqualTo(texts(SharedData.file("gsm8k/train.jsonl"), USUAL));
    assertThat(report(train).dropped())
        .containsEntry("id", 7_473)
        .containsEntry("messages", 7_473)
        .containsEntry("steps", 7_473);
    assertThat(texts(SharedData.file("parquet/hyparquet-test.parquet"), USUAL))
        .isEqualTo(texts(SharedData.file("gsm8k/test.jsonl"), USUAL));
  }

  @Test
  void nestedParquetColumnsAreReachedByPaths() {
    Path file = SharedData.file("parquet/duck-zstd.parquet");
    List<String> whole = texts(file, USUAL);
    assertThat(texts(file, new RecordRules(null, null, "messages"))).isEqualTo(whole);
    assertThat(texts(file, new RecordRules("messages[0].content", "messages[-1].content", null)))
        .isEqualTo(whole);
    assertThat(texts(file, new RecordRules(null, null, "id")).subList(0, 2))
        .containsExactly("1", "2");
    assertThat(texts(file, new RecordRules(null, null, "steps[0]")).getFirst())
        .startsWith("Natalia sold 48/2");
  }

  @Test
  void severalFilesAreReadOneAfterTheOtherAndBadRecordsNamedByTheirOwn() throws IOException {
    Path first = write("1.jsonl", "{\"text\": \"a\"}\n{}\n");
    Path second = write("2.csv", "text\nb\n\"\"\n");
    List<String> texts = new ArrayList<>();
    RecordReport report =
        new DocumentReader(List.of(Source.of(first), Source.of(second)), USUAL)
            .read(d -> texts.add(d.text()));
    assertThat(texts).containsExactly("a", "b");
    assertThat(report.badPlaces())
        .contains("1.jsonl: line 2: no \"question\"")
        .contains("2.csv: line 3: \"text\" is empty");
  }

  /** Each flips a few bytes; none may end in anything but records or a line for the user. */
  @Test
  void aDamagedParquetFileIsRefusedInOneLineOrRead() throws IOException {
    byte[] whole = Files.readAllBytes(SharedData.file("parquet/hyparquet-test.parquet"));
    int refused = 0;
    for (int seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      byte[] damaged =
          seed % 10 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      // most of the trouble lies in the footer, which tells where everything is
      int footer = Math.min(damaged.length, 1_500);
      for (int flip = 0; flip < 1 + seed % 4 && footer > 0; flip++) {
        int at =
            seed % 3 == 0
                ? random.nextInt(damaged.length)
                : damaged.length - 1 - random.nextInt(footer);
        damaged[at] = (byte) random.nextInt();
      }
      Path file = Files.write(folder.resolve("a.parquet"), damaged);
      try {
        report(file);
      } catch (UserException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining("a.parquet");
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void endingsAreKnownWhateverTheirCase() throws IOException {
    assertThat(Source.of(write("A.JSONL", "{}"))).isInstanceOf(JsonLinesSource.class);
    assertThat(Source.isKnown("a/b.jsonl.gz")).isTrue();
    assertThat(Source.isKnown("a/b.parquet")).isTrue();
    assertThat(Source.isKnown("org/name")).isFalse();
    assertThat(Source.stem("train.v2.jsonl.zst")).isEqualTo("train.v2");
    Path packed = write("a.parquet.gz", "x");
    assertThatThrownBy(() -> Source.of(packed)).hasMessageContaining(".parquet");
  }
}
