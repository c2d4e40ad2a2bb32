package io.ghostmoe.data.cache;

import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.fuzz.FuzzInput;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The description of a cache entry, or its arrays, of any bytes. */
public final class CacheFuzz {
  private static final Pattern FINGERPRINT =
      Pattern.compile("\"fingerprint\" : \"([0-9a-f]{64})\"");

  private CacheFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    byte[] content = FuzzInput.rest(input);
    FuzzInput.check(
        folder -> {
          try {
            if (FuzzInput.choice(input, 2) == 0) {
              readManifest(folder, content);
            } else {
              readStore(folder, content);
            }
          } catch (DamagedEntryException e) {
            // as documented
          }
        });
  }

  private static void readManifest(Path root, byte[] json)
      throws IOException, DamagedEntryException {
    Matcher named = FINGERPRINT.matcher(new String(json, StandardCharsets.ISO_8859_1));
    Path folder = root.resolve("name").resolve(named.find() ? named.group(1) : "0".repeat(64));
    Files.createDirectories(folder);
    Files.write(folder.resolve(ManifestFile.NAME), json);
    // an entry of no document: its arrays are as short as can be
    for (String split : new String[] {"train", "eval"}) {
      Files.write(folder.resolve(split + SplitFiles.TOKENS), new byte[0]);
      Files.write(folder.resolve(split + SplitFiles.OFFSETS), new byte[Long.BYTES]);
      Files.write(folder.resolve(split + SplitFiles.ANSWERS), new byte[0]);
    }
    new DatasetCatalog(root).list().forEach(CatalogEntry::tokens);
    Tokenizer tokenizer = Tokenizers.open("byte");
    CacheEntry.open(folder, tokenizer).close();
  }

  /** A third each of tokens, starts and answers, described by what there is of them. */
  private static void readStore(Path folder, byte[] bytes)
      throws IOException, DamagedEntryException {
    int documents = bytes.length / 24;
    int left = bytes.length - documents * (Long.BYTES + Integer.BYTES) - Long.BYTES;
    if (left < 0) {
      return;
    }
    int tokens = left / Short.BYTES;
    int starts = (documents + 1) * Long.BYTES;
    Files.write(folder.resolve("train.offsets"), Arrays.copyOfRange(bytes, 0, starts));
    int answers = starts + documents * Integer.BYTES;
    Files.write(folder.resolve("train.answers"), Arrays.copyOfRange(bytes, starts, answers));
    Files.write(
        folder.resolve("train.tokens"), Arrays.copyOfRange(bytes, answers, answers + 2 * tokens));
    Manifest.Shard shard = new Manifest.Shard("train", documents, tokens, tokens, new TreeMap<>());
    try (Arena arena = Arena.ofConfined()) {
      ByteLengths table = new ByteLengths(Tokenizers.open("byte"));
      TokenStore store = new MappedTokenStore(folder, shard, Short.BYTES, table, arena);
      for (int document = 0; document < documents; document++) {
        int length = store.length(document);
        store.copy(store.start(document), new int[length], 0, length);
        store.answerStart(document);
        for (int i = 0; i < length; i++) {
          store.byteLength(store.start(document) + i);
        }
      }
    }
  }
}
