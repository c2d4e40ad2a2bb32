package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceHashesTest {
  @TempDir Path folder;

  @Test
  void aHashThatSomebodyHasJustMadeIsNotMadeAgain() throws IOException {
    Path fresh = Files.writeString(folder.resolve("fresh.txt"), "a");
    Path other = Files.writeString(folder.resolve("other.txt"), "b");
    Path link = Files.createSymbolicLink(folder.resolve("link.txt"), fresh.getFileName());
    String told = "f".repeat(64); // not its hash, which shows that nobody read it
    List<SourceHashes.Known> known =
        new SourceHashes(folder.resolve("cache")).hash(List.of(link, other), Map.of(link, told));
    assertThat(known)
        .extracting(SourceHashes.Known::sha256)
        .containsExactly(told, Sha256.of(other));
    assertThat(known.getFirst().path()).isEqualTo(fresh.toRealPath());
  }
}
