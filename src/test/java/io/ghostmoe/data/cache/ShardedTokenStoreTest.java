package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.SplitWriter.Tokenized;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedTokenStoreTest {
  private static final Tokenizer BYTES = Tokenizers.open("byte");

  @TempDir Path folder;

  /** Documents of 0 to 40 tokens. */
  private static List<Tokenized> documents(int count) {
    List<Tokenized> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String text = "word %d ".formatted(i).repeat(6).substring(0, CounterRandom.below(3, i, 41));
      documents.add(new Tokenized(BYTES.encodeWithLengths(text), i % 3 == 0 ? 2 : -1));
    }
    return documents;
  }

  private Manifest.Split write(List<Tokenized> documents, long shardCharacters) throws IOException {
    try (ExecutorService executor = Executors.newFixedThreadPool(3);
        SplitWriter writer = new SplitWriter(folder, "train", BYTES, shardCharacters, executor)) {
      for (Tokenized document : documents) {
        var _ =
            writer.add(
                CompletableFuture.supplyAsync(() -> List.of(document), executor),
                document.text().ids().length);
      }
      return writer.finish().join();
    }
  }

  private ShardedTokenStore open(Manifest.Split split, Arena arena) throws Exception {
    return open(split, false, arena);
  }

  private ShardedTokenStore open(Manifest.Split split, boolean answered, Arena arena)
      throws Exception {
    return new ShardedTokenStore(
        folder, split.shards(), Short.BYTES, new ByteLengths(BYTES), answered, arena);
  }

  @Test
  void shardsReadAsTheDocumentsThatTheyWereMadeOf() throws Exception {
    List<Tokenized> documents = documents(500);
    Manifest.Split split = write(documents, 300);
    assertThat(split.shards()).hasSizeGreaterThan(20);
    assertThat(split.shards().get(0).files()).containsKey("train.tokens");
    assertThat(split.shards().get(7).files()).containsKey("train-00007.tokens");
    try (Arena arena = Arena.ofConfined()) {
      TokenStore store = open(split, arena);
      long start = 0;
      for (int i = 0; i < documents.size(); i++) {
        int[] ids = documents.get(i).text().ids();
        assertThat(store.start(i)).isEqualTo(start);
        assertThat(store.length(i)).isEqualTo(ids.length);
        int[] read = new int[ids.length];
        store.copy(start, read, 0, ids.length);
        assertThat(read).isEqualTo(ids);
        assertThat(store.answerStart(i)).isEqualTo(i % 3 == 0 ? Math.min(2, ids.length) : -1);
        for (int t = 0; t < ids.length; t++) {
          assertThat(store.token(start + t)).isEqualTo(ids[t]);
          assertThat(store.byteLength(start + t)).isEqualTo(1);
        }
        start += ids.length;
      }
      assertThat(store.start(documents.size())).isEqualTo(start).isEqualTo(store.tokens());
      int[] all = new int[(int) start];
      store.copy(0, all, 0, all.length); // across all shards at once
      assertThat(all[all.length - 1]).isEqualTo(store.token(start - 1));
      assertThatThrownBy(() -> store.token(store.tokens()))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> store.length(documents.size()))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aShardIsMappedWhenItIsReadAndNotBefore() throws Exception {
    Manifest.Split split = write(documents(500), 300);
    int last = split.shards().size() - 1;
    Path offsets = folder.resolve(SplitFiles.shard("train", last) + SplitFiles.OFFSETS);
    byte[] content = Files.readAllBytes(offsets);
    content[0] = 1; // the first document begins at 1
    Files.write(offsets, content);
    try (Arena arena = Arena.ofConfined()) {
      TokenStore store = open(split, arena);
      assertThat(store.length(0)).isNotNegative();
      assertThatThrownBy(() -> store.length(store.documents() - 1))
          .isInstanceOf(UserException.class)
          .hasMessageContaining("the cache is damaged")
          .hasMessageContaining(SplitFiles.shard("train", last) + ".offsets");
    }
  }

  @Test
  void whetherAllHaveAnswersIsAskedOfNoShardWhereTheManifestSaysSo() throws Exception {
    Manifest.Split split = write(documents(500), 300);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(open(split, arena).firstWithoutAnswer()).isOne(); // every third has one
      TokenStore answered = open(split, true, arena);
      for (int i = 1; i < split.shards().size(); i++) {
        Files.delete(folder.resolve(SplitFiles.shard("train", i) + SplitFiles.ANSWERS));
      }
      assertThat(answered.firstWithoutAnswer()).isNegative();
    }
  }

  /** It would be read beyond its end, or past documents that are no more. */
  @Test
  void aShardThatBecameShorterSinceTheEntryWasOpenedIsDamage() throws Exception {
    Manifest.Split split = write(documents(500), 300);
    int last = split.shards().size() - 1;
    String tokens = SplitFiles.shard("train", last) + SplitFiles.TOKENS;
    try (Arena arena = Arena.ofConfined()) {
      TokenStore store = open(split, arena);
      Files.write(folder.resolve(tokens), new byte[2]);
      assertThatThrownBy(() -> store.token(store.tokens() - 1))
          .isInstanceOf(UserException.class)
          .hasMessageContaining("the cache is damaged")
          .hasMessageContaining(tokens + " has 2 bytes instead of");
    }
  }

  @Test
  void aFailureOnAnotherThreadIsTheFinishs() throws IOException {
    try (ExecutorService executor = Executors.newFixedThreadPool(2);
        SplitWriter writer = new SplitWriter(folder, "train", BYTES, 10, executor)) {
      var _ =
          writer.add(
              CompletableFuture.supplyAsync(
                  () -> {
                    throw UserException.input("refused");
                  },
                  executor),
              20);
      assertThatThrownBy(() -> writer.finish().join()).hasRootCauseMessage("refused");
    }
  }
}
