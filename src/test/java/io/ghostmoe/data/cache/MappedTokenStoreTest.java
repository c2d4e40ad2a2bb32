package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of an entry that is too large to be read through before it is used. */
class MappedTokenStoreTest {
  @TempDir Path folder;

  private MappedTokenStore open(Arena arena, List<Integer> ids, long... offsets) throws Exception {
    try (ArrayWriter tokens = new ArrayWriter(folder.resolve("train.tokens"));
        ArrayWriter starts = new ArrayWriter(folder.resolve("train.offsets"));
        ArrayWriter answers = new ArrayWriter(folder.resolve("train.answers"))) {
      for (int id : ids) {
        tokens.putShort(id);
      }
      for (long offset : offsets) {
        starts.putLong(offset);
      }
      for (int document = 0; document + 1 < offsets.length; document++) {
        answers.putInt(-1);
      }
      tokens.finish();
      starts.finish();
      answers.finish();
    }
    Manifest.Shard shard =
        new Manifest.Shard("train", offsets.length - 1, ids.size(), ids.size(), new TreeMap<>());
    ByteLengths table = new ByteLengths(Tokenizers.open("byte"));
    return new MappedTokenStore(folder, shard, Short.BYTES, table, arena);
  }

  private static void refused(ThrowingCallable reading, String... expected) {
    assertThatThrownBy(reading)
        .isInstanceOf(UserException.class)
        .hasMessageContaining("the cache is damaged")
        .hasMessageContainingAll(expected);
  }

  @Test
  void anIdOutsideOfTheVocabularyIsDamage() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MappedTokenStore store = open(arena, List.of(1, 300, 2), 0, 3);
      assertThat(store.token(0)).isEqualTo(1);
      refused(() -> store.token(1), "train.tokens", "token 1 is 300");
      refused(() -> store.copy(0, new int[3], 0, 3), "train.tokens");
      refused(() -> store.byteLength(1), "train.tokens");
    }
  }

  @Test
  void aDocumentThatEndsBeforeItBeginsOrBeyondTheTokensIsDamage() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      MappedTokenStore store = open(arena, List.of(1, 2, 3), 0, 2, 1, 9, -1, 3);
      assertThat(store.length(0)).isEqualTo(2);
      refused(() -> store.length(1), "train.offsets", "document 1 goes from 2 to 1");
      refused(() -> store.length(2), "document 2 goes from 1 to 9");
      refused(() -> store.length(4), "document 4 goes from -1 to 3");
    }
  }

  @Test
  void offsetsThatDoNotSpanTheTokensAreFoundAtOpening() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> open(arena, List.of(1, 2, 3), 0, 2))
          .isInstanceOf(DamagedEntryException.class);
    }
  }
}
