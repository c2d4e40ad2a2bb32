package io.ghostmoe.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.doctor.Check.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  @TempDir Path folder;

  @Test
  void theMachineOfTheTestsCanTrainAndIsLeftAsItWas() throws IOException {
    Diagnosis found = Doctor.examine(folder.resolve("cache"), folder.resolve("runs"), 1 << 20);
    assertThat(found.checks())
        .extracting(Check::name)
        .containsExactly(
            "java",
            "vectors",
            "cpu",
            "cores",
            "memory",
            "device",
            "cuda",
            "driver",
            "cublas",
            "tokenizer",
            "cache",
            "runs",
            "encoding");
    assertThat(found.failures()).isEmpty();
    assertThat(found.canTrain()).isTrue();
    assertThat(found.checks()).allSatisfy(check -> assertThat(check.detail()).isNotBlank());
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void whatIsMissingHasARemedyAndWhatIsThereHasNone() {
    assertThatThrownBy(() -> new Check("a", Status.FAIL, "missing", ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Check("a", Status.OK, "found", "mend it"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aWidthOfVectorsIsToldInNumbers() {
    assertThat(JavaChecks.vectors(OptionalInt.of(512), true))
        .isEqualTo(Check.ok("vectors", "512 bits, 16 numbers at once"));
    Check unloaded = JavaChecks.vectors(OptionalInt.empty(), true);
    assertThat(unloaded.status()).isEqualTo(Status.WARN);
    assertThat(unloaded.remedy()).contains("--add-modules jdk.incubator.vector");
    assertThat(JavaChecks.vectors(OptionalInt.empty(), false).remedy())
        .contains("install a whole JDK");
    assertThat(JavaChecks.hasVectorModule()).isTrue();
  }

  @Test
  void aProcessorIsReadFromWhatLinuxSays() {
    Processor x86 =
        Processor.parse(
            """
            processor\t: 0
            model name\t: Some CPU @ 3.0GHz
            flags\t\t: fpu sse4_2 avx avx2 fma avx512f clflush

            processor\t: 1
            model name\t: Some CPU @ 3.0GHz
            flags\t\t: fpu sse4_2 avx avx2 fma avx512f clflush
            """);
    assertThat(x86.features("amd64").detail())
        .isEqualTo("Some CPU @ 3.0GHz, amd64: sse4_2, avx, avx2, fma, avx512f");
    assertThat(x86.cores(2).detail()).isEqualTo("2");
    assertThat(x86.cores(1).detail()).isEqualTo("1 of the machine's 2");
    Processor arm = Processor.parse("processor\t: 0\nFeatures\t: fp asimd sve bf16\n");
    assertThat(arm.features("aarch64").detail()).isEqualTo("aarch64: asimd, sve, bf16");
    Processor unknown = Processor.read(folder.resolve("none"));
    assertThat(unknown.features("aarch64").detail()).isEqualTo("aarch64, features not told here");
    assertThat(unknown.cores(8).detail()).isEqualTo("8");
  }

  @Test
  void tooLittleMemoryForTheSmallestRunFails() {
    long gib = 1L << 30;
    assertThat(MemoryCheck.of(8 * gib, 5 * gib, gib))
        .isEqualTo(Check.ok("memory", "8.00 GiB, of which Java may use 5.00 GiB"));
    assertThat(MemoryCheck.of(-1, gib, gib).detail()).isEqualTo("Java may use 1.00 GiB");
    Check scarce = MemoryCheck.of(8 * gib, gib - 1, gib);
    assertThat(scarce.status()).isEqualTo(Status.FAIL);
    assertThat(scarce.remedy()).contains("-Xmx");
  }

  @Test
  void aTokenizerThatEncodesOtherwiseOrNotAtAllFails() {
    assertThat(TokenizerCheck.of(() -> Tokenizers.open("gpt2")).status()).isEqualTo(Status.OK);
    assertThat(TokenizerCheck.of(() -> Tokenizers.open("byte")).detail())
        .startsWith("the native library gives other ids than GPT-2: [78, 97, ");
    Check missing =
        TokenizerCheck.of(
            () -> {
              throw UserException.environment("no native part runs here");
            });
    assertThat(missing.status()).isEqualTo(Status.FAIL);
    assertThat(missing.detail()).isEqualTo("missing: no native part runs here");
    assertThat(missing.remedy()).contains("--tokenizer byte");
  }

  @ParameterizedTest
  @CsvSource({
    "UTF-8,UTF-8,OK",
    "utf-8,UTF-8,OK",
    "ANSI_X3.4-1968,UTF-8,WARN",
    "UTF-8,ANSI_X3.4-1968,WARN",
    "'',UTF-8,WARN"
  })
  void anEncodingWithoutLambdaIsWarnedOf(String output, String arguments, Status status) {
    assertThat(EncodingCheck.of(output, arguments).status()).isEqualTo(status);
  }

  @Test
  void aFolderThatIsNotThereIsFineAsLongAsItCanBeMade() {
    assertThat(FolderChecks.cache(folder.resolve("a/b/cache")))
        .isEqualTo(
            Check.ok("cache", folder.resolve("a/b/cache") + " is not there yet and can be made"));
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(FolderChecks.runs(Path.of("no-such-folder")).status()).isEqualTo(Status.OK);
  }

  @Test
  void aFileInPlaceOfAFolderFails() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    for (Check check :
        new Check[] {FolderChecks.cache(file), FolderChecks.runs(file.resolve("runs"))}) {
      assertThat(check.status()).isEqualTo(Status.FAIL);
      assertThat(check.detail()).isEqualTo(file + " is no folder");
    }
  }

  @Test
  void damagedEntriesAreCountedAndTheStepThatRemovesThemIsNamed() throws IOException {
    Files.createDirectories(folder.resolve("cache/a/" + "1".repeat(64)));
    Files.createDirectories(folder.resolve("cache/a/" + "2".repeat(64) + ".incomplete"));
    Check check = FolderChecks.cache(folder.resolve("cache"));
    assertThat(check.status()).isEqualTo(Status.WARN);
    assertThat(check.detail())
        .endsWith("can be written and holds 2 datasets, 2 of them damaged or unfinished");
    assertThat(check.remedy()).contains("ghostmoe datasets clean --invalid");
  }

  @Test
  void runsAreCounted() throws IOException {
    Files.createDirectories(folder.resolve("runs/a"));
    Files.writeString(folder.resolve("runs/a/config.json"), "{}");
    Files.createDirectories(folder.resolve("runs/no-run"));
    assertThat(FolderChecks.runs(folder.resolve("runs")).detail())
        .endsWith("can be written and holds 1 run");
  }

  @Test
  void aFolderThatCannotBeWrittenFails() throws IOException {
    Path closed = Files.createDirectories(folder.resolve("closed"));
    closed.toFile().setWritable(false);
    Assumptions.assumeFalse(Files.isWritable(closed), "root writes everywhere");
    assertThat(FolderChecks.runs(closed.resolve("runs")))
        .isEqualTo(
            Check.fail(
                "runs",
                closed + " cannot be written",
                "give yourself the permission, or pass another --runs-dir"));
  }
}
