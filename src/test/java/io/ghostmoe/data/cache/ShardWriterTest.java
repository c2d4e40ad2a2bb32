package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.data.OpenFiles;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardWriterTest {
  @TempDir Path folder;

  @Test
  void aShardThatCannotBeStartedLeavesNoFileOpen() throws IOException {
    Files.createFile(folder.resolve("train" + SplitFiles.ANSWERS));
    try (Tokenizer tokenizer = Tokenizers.open("byte")) {
      assertThatThrownBy(() -> new ShardWriter(folder, "train", tokenizer))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
    assertThat(OpenFiles.below(folder)).isEmpty();
  }
}
