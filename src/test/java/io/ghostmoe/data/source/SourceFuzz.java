package io.ghostmoe.data.source;

import io.ghostmoe.fuzz.FuzzInput;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A dataset of any bytes, in each of the forms. */
public final class SourceFuzz {
  private static final String[] ENDINGS = {
    "json", "jsonl", "txt", "csv", "parquet", "jsonl.gz", "txt.zst"
  };

  private SourceFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String ending = ENDINGS[FuzzInput.choice(input, ENDINGS.length)];
    FuzzInput.check(
        folder -> {
          Path file = Files.write(folder.resolve("a." + ending), FuzzInput.rest(input));
          DocumentReader reader =
              new DocumentReader(List.of(Source.of(file)), new RecordRules(null, null, null));
          reader.read(
              document -> {
                String text = document.text();
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                if (document.answerStart() > text.length()
                    || !new String(utf8, StandardCharsets.UTF_8).equals(text)) {
                  throw new AssertionError("no text: " + text);
                }
              });
        });
  }
}
