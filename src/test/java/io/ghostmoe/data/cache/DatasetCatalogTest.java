package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetCatalogTest {
  @TempDir Path cache;

  @Test
  void aFolderThatDoesNotExistHoldsNothing() {
    assertThat(new DatasetCatalog(cache.resolve("none")).list()).isEmpty();
  }

  @Test
  void everyFolderThatIsNoValidEntryIsListedWithTheReason() throws IOException {
    Files.createDirectories(cache.resolve("a/11.incomplete"));
    Files.writeString(cache.resolve("a/11.incomplete/train.tokens"), "half");
    Files.createDirectories(cache.resolve("a/22"));
    Files.createDirectories(cache.resolve("b/33"));
    Files.writeString(cache.resolve("b/33/cache.json"), "{}");
    Files.createDirectories(cache.resolve("b/44/cache.json"));
    Files.createDirectories(cache.resolve(".locks/x"));
    Files.writeString(cache.resolve("sources.json"), "{}");
    assertThat(new DatasetCatalog(cache).list())
        .extracting(e -> e.name() + "/" + e.fingerprint() + " " + e.status() + " " + e.bytes())
        .containsExactly("a/11 INCOMPLETE 4", "a/22 INVALID 0", "b/33 INVALID 2", "b/44 ERROR 0");
    assertThat(new DatasetCatalog(cache).list())
        .allSatisfy(e -> assertThat(e.detail()).isNotEmpty())
        .allSatisfy(e -> assertThat(e.tokens()).isZero())
        .allSatisfy(e -> assertThat(e.created()).isNull());
  }
}
