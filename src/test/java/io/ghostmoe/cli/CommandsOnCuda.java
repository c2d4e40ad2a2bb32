package io.ghostmoe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands with {@code --device cuda}, from a file to generated text. */
class CommandsOnCuda {
  @TempDir Path folder;

  private final Program program = new Program(new LocalEngine());

  private void writeData() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append("{\"question\": \"%d+1?\", \"answer\": %d}\n".formatted(i % 9, i % 9 + 1));
    }
    Files.writeString(folder.resolve("sums.jsonl"), lines);
  }

  /** Twenty steps of a tiny model whose ghost wakes at the tenth. */
  private JsonNode train(String device) {
    return train(device, device, "--embed-dim 16 --expert-hidden 32 --max-steps 20");
  }

  private JsonNode train(String run, String device, String sizes) {
    List<String> words =
        List.of(
            "train --json --tokenizer byte --max-seq-length 32 --num-layers 2",
            "--num-heads 2 --num-experts 3 --num-ghost-experts 1 --ghost-trigger step:10",
            "--batch-size 4 --samples 0",
            sizes,
            "--run",
            run,
            "--device",
            device);
    Stream<String> places =
        Stream.of(
            "--dataset",
            folder.resolve("sums.jsonl").toString(),
            "--cache-dir",
            folder.resolve("cache").toString(),
            "--runs-dir",
            folder.resolve("runs").toString());
    Program.Result result =
        program.run(
            Stream.concat(words.stream().flatMap(part -> Stream.of(part.split(" "))), places)
                .toArray(String[]::new));
    assertThat(result.code()).as(result.err()).isZero();
    return JsonMapper.shared().readTree(result.out());
  }

  @Test
  void trainingReachesTheLossOfTheCpuAndSaysWhereItRan() throws IOException {
    writeData();
    JsonNode cuda = train("cuda");
    JsonNode cpu = train("cpu");
    assertThat(cuda.get("device").asString()).startsWith("cuda, ");
    for (String loss : List.of("final_loss", "final_eval_loss")) {
      double want = cpu.get(loss).asDouble();
      // twenty steps of AdamW carry a rounding of 2^-24 no further than this
      assertThat(cuda.get(loss).asDouble()).as(loss).isCloseTo(want, within(1e-4 * want));
    }
  }

  @Test
  void largeProductsOfAnotherPrecisionRoundTheLossAndTheRunRemembers() throws IOException {
    writeData();
    String wide = "--embed-dim 64 --expert-hidden 64 --max-steps 12";
    JsonNode rounded = train("rounded", "cuda", wide + " --precision bf16");
    double exact = train("exact", "cuda", wide).get("final_loss").asDouble();
    assertThat(rounded.get("device").asString()).contains(", products of bf16");
    // a factor of bfloat16 is off by 2^-9 at most, a product by twice that
    assertThat(rounded.get("final_loss").asDouble())
        .isNotEqualTo(exact)
        .isCloseTo(exact, within(exact / 128));
    assertThat(folder.resolve("runs/rounded/config.json"))
        .content()
        .contains("\"precision\" : \"bf16\"");
  }

  @Test
  void doctorNamesTheGpuThatAutoTakes() {
    Program.Result result =
        program.run(
            "doctor",
            "--cache-dir",
            folder.resolve("cache").toString(),
            "--runs-dir",
            folder.resolve("runs").toString());
    assertThat(result.code()).as(result.out()).isZero();
    assertThat(result.out())
        .containsPattern("ok +device +cuda, .*compute capability .*the fastest here")
        .containsPattern("ok +cuda +.*compute capability .*driver for CUDA")
        .containsPattern("ok +cublas +1[23]\\.\\d+, .*multiplies large matrices");
  }
}
