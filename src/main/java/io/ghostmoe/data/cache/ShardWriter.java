package io.ghostmoe.data.cache;

import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizer.TokenizedText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes consecutive documents of a split as files of their own, which know nothing of the shards
 * before and after them. For one thread at a time.
 */
final class ShardWriter implements AutoCloseable {
  private final String name;
  private final boolean wide;
  private final List<ArrayWriter> opened = new ArrayList<>();
  private final ArrayWriter ids;
  private final ArrayWriter offsets;
  private final ArrayWriter answers;
  private final @Nullable ArrayWriter lengths;
  private int documents;
  private long tokens;
  private long textBytes;

  /**
   * Starts the files of a shard.
   *
   * @param folder the unfinished entry
   * @param name with which the files' names begin
   * @param tokenizer decides the width of an id and whether byte lengths are needed
   * @throws IOException if a file is there already or cannot be made
   */
  ShardWriter(Path folder, String name, Tokenizer tokenizer) throws IOException {
    this.name = name;
    wide = Manifest.tokenWidth(tokenizer.vocabularySize()) == Integer.BYTES;
    boolean started = false;
    try {
      ids = open(folder.resolve(name + SplitFiles.TOKENS));
      offsets = open(folder.resolve(name + SplitFiles.OFFSETS));
      answers = open(folder.resolve(name + SplitFiles.ANSWERS));
      lengths = tokenizer.hasByteTable() ? null : open(folder.resolve(name + SplitFiles.LENGTHS));
      offsets.putLong(0);
      started = true;
    } finally {
      if (!started) {
        closeAll(opened);
      }
    }
  }

  private ArrayWriter open(Path file) throws IOException {
    ArrayWriter writer = new ArrayWriter(file);
    opened.add(writer);
    return writer;
  }

  /**
   * Writes the next document.
   *
   * @param text its tokens
   * @param answerByte where the answer starts in the text's UTF-8 bytes; −1 for plain text. The
   *     token that holds this byte is the answer's first, even if it begins before it
   * @throws IOException if the disk does not take it
   */
  void add(TokenizedText text, long answerByte) throws IOException {
    long bytes = 0;
    for (int i = 0; i < text.ids().length; i++) {
      putId(text.ids()[i]);
      if (lengths != null) {
        lengths.putInt(text.byteLengths()[i]);
      }
      bytes += text.byteLengths()[i];
    }
    tokens += text.ids().length;
    textBytes += bytes;
    documents++;
    answers.putInt(answerByte < 0 ? -1 : text.tokenOfByte(answerByte));
    offsets.putLong(tokens);
  }

  /**
   * Forces the files to disk. Nothing can be added after it.
   *
   * @return what was written, with the size and the checksum of each file
   * @throws IOException if the disk does not take it
   */
  Manifest.Shard finish() throws IOException {
    SortedMap<String, Manifest.Part> files = new TreeMap<>();
    files.put(name + SplitFiles.TOKENS, ids.finish());
    files.put(name + SplitFiles.OFFSETS, offsets.finish());
    files.put(name + SplitFiles.ANSWERS, answers.finish());
    if (lengths != null) {
      files.put(name + SplitFiles.LENGTHS, lengths.finish());
    }
    return new Manifest.Shard(name, documents, tokens, textBytes, files);
  }

  @Override
  public void close() throws IOException {
    closeAll(opened);
  }

  private static void closeAll(List<ArrayWriter> writers) throws IOException {
    for (ArrayWriter writer : writers) {
      writer.close();
    }
  }

  private void putId(int id) throws IOException {
    if (wide) {
      ids.putInt(id);
    } else {
      ids.putShort(id);
    }
  }
}
