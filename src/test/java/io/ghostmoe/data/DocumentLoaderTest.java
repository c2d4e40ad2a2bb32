package io.ghostmoe.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.cache.MemoryTokenStore;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents in memory are those of the cache. */
class DocumentLoaderTest {
  @TempDir Path folder;

  private Path rows(int count) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(
          i % 5 == 4
              ? "{\"text\": \"plain %s λ\"}\n".formatted("é".repeat(i % 7))
              : "{\"question\": \"%d ≤ %d?\", \"answer\": %d}\n".formatted(i, 2 * i, i));
    }
    return Files.writeString(folder.resolve("rows.jsonl"), lines);
  }

  private static void assertSameDocument(TokenStore got, int at, TokenStore wanted, int document) {
    assertThat(got.length(at)).isEqualTo(wanted.length(document));
    assertThat(got.answerStart(at)).isEqualTo(wanted.answerStart(document));
    int[] ids = new int[got.length(at)];
    got.copy(got.start(at), ids, 0, ids.length);
    for (int i = 0; i < ids.length; i++) {
      assertThat(ids[i])
          .isEqualTo(got.token(got.start(at) + i))
          .isEqualTo(wanted.token(wanted.start(document) + i));
      assertThat(got.byteLength(got.start(at) + i))
          .isEqualTo(wanted.byteLength(wanted.start(document) + i));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte", "gpt2"})
  void aFileInMemoryHoldsWhatTheCacheHolds(String name) throws IOException {
    Path file = rows(300);
    DatasetRequest request = DatasetRequest.builder(file).tokenizer(name).evalFile(file).build();
    try (Tokenizer tokenizer = Tokenizers.open(name);
        PreparedDataset cached =
            new DatasetPreparer(folder.resolve("cache")).prepare(request, PrepareListener.SILENT)) {
      TokenStore loaded = DocumentLoader.load(request, tokenizer, PrepareListener.SILENT);
      assertThat(loaded.documents()).isEqualTo(300).isEqualTo(cached.eval().documents());
      assertThat(loaded.tokens()).isEqualTo(cached.eval().tokens());
      assertThat(loaded.start(300)).isEqualTo(loaded.tokens());
      for (int document = 0; document < 300; document++) {
        assertSameDocument(loaded, document, cached.eval(), document);
      }
    }
  }

  @Test
  void aSampleIsInOrderAndASmallerOneAPartOfALarger() throws IOException {
    try (Tokenizer tokenizer = Tokenizers.open("byte")) {
      TokenStore all =
          DocumentLoader.load(
              DatasetRequest.builder(rows(60)).build(), tokenizer, PrepareListener.SILENT);
      MemoryTokenStore large = MemoryTokenStore.sample(all, 40, 7);
      MemoryTokenStore small = MemoryTokenStore.sample(all, 9, 7);
      assertPart(large, all, 40);
      assertPart(small, large, 9);
      assertPart(MemoryTokenStore.sample(all, 61, 7), all, 60);
    }
  }

  /** Each document of one is the next equal one of the other: the rows' numbers differ. */
  private static void assertPart(TokenStore part, TokenStore whole, int documents) {
    assertThat(part.documents()).isEqualTo(documents);
    int at = 0;
    for (int document = 0; document < documents; document++) {
      while (!sameTokens(part, document, whole, at)) {
        at++;
        assertThat(at).as("document %d is in the whole", document).isLessThan(whole.documents());
      }
      assertSameDocument(part, document, whole, at);
    }
  }

  private static boolean sameTokens(TokenStore a, int first, TokenStore b, int second) {
    int[] left = new int[a.length(first)];
    int[] right = new int[b.length(second)];
    a.copy(a.start(first), left, 0, left.length);
    b.copy(b.start(second), right, 0, right.length);
    return java.util.Arrays.equals(left, right);
  }
}
