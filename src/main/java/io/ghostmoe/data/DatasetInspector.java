package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.DatasetInspection.Sample;
import io.ghostmoe.data.cache.CacheEntry;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.TokenStore;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Looks into entries of the cache: decodes some documents, and trusts none of the bytes. */
public final class DatasetInspector {
  /** Tokens of a document that are decoded; a document may be a whole book. */
  private static final int MOST_TOKENS = 256;

  private static final String TOKENIZER = "tokenizer";

  private final DatasetCatalog catalog;

  /**
   * Looks into the entries of a catalog.
   *
   * @param catalog of the cache folder that the entries lie in
   */
  public DatasetInspector(DatasetCatalog catalog) {
    this.catalog = catalog;
  }

  /**
   * Decodes the first documents of both splits, with the built-in tokenizer that made the entry.
   *
   * @param entry of the catalog, whatever its status
   * @param samples documents of each split, at most; 0 or more
   * @param specification of the tokenizer as for {@link Tokenizers#open}, for an entry that was
   *     made with a {@code tokenizer.json}; empty for the built-in ones
   * @return with a note instead of documents where the entry is not valid, its files contradict
   *     each other, or it needs a tokenizer that was not given
   * @throws UserException if the tokenizer that was given does not exist or is not the one that
   *     made the entry, or if the entry was removed meanwhile or cannot be read
   */
  public DatasetInspection inspect(
      CatalogEntry entry, int samples, Optional<String> specification) {
    Manifest manifest = entry.manifest();
    if (manifest == null) {
      return without(entry, "", "");
    }
    String fingerprint = manifest.inputs().getOrDefault(TOKENIZER, "");
    String name = shortName(fingerprint);
    Optional<Tokenizer> found =
        specification.isPresent()
            ? specification.map(typed -> given(typed, fingerprint, entry))
            : Tokenizers.builtIn(fingerprint);
    if (found.isEmpty()) {
      return without(entry, name, "to decode it pass the file by --tokenizer");
    }
    try (Tokenizer tokenizer = found.get();
        CacheEntry open = catalog.open(entry, tokenizer)) {
      return decoded(entry, name, open, samples, tokenizer);
    }
  }

  private static DatasetInspection decoded(
      CatalogEntry entry, String name, CacheEntry open, int samples, Tokenizer tokenizer) {
    try {
      return new DatasetInspection(
          entry,
          name,
          decode(open.train(), samples, tokenizer),
          decode(open.eval(), samples, tokenizer),
          LengthHistogram.of(open.train()),
          LengthHistogram.of(open.eval()),
          "");
    } catch (UserException e) { // the files contradict each other; verifying says more
      return without(entry, name, String.valueOf(e.getMessage()));
    }
  }

  private static DatasetInspection without(CatalogEntry entry, String tokenizer, String note) {
    LengthHistogram none = new LengthHistogram(List.of(), 0);
    return new DatasetInspection(entry, tokenizer, List.of(), List.of(), none, none, note);
  }

  /** A tokenizer with other ids would decode to something that was never there. */
  private static Tokenizer given(String specification, String fingerprint, CatalogEntry entry) {
    Tokenizer tokenizer = Tokenizers.open(specification);
    if (!tokenizer.fingerprint().equals(fingerprint)) {
      tokenizer.close();
      throw UserException.input(
          "--tokenizer %s: %s was made with another, %s; pass that one"
              .formatted(specification, entry.label(), shortName(fingerprint)));
    }
    return tokenizer;
  }

  /** The kind of a tokenizer, and of a file the beginning of its hash. */
  private static String shortName(String fingerprint) {
    String[] parts = fingerprint.split(":", -1);
    return parts[0].equals("tokenizer.json") && parts.length > 1
        ? "tokenizer.json with SHA-256 %.12s".formatted(parts[1])
        : parts[0];
  }

  private static List<Sample> decode(TokenStore store, int samples, Tokenizer tokenizer) {
    List<Sample> decoded = new ArrayList<>();
    for (int document = 0; document < Math.min(samples, store.documents()); document++) {
      decoded.add(sample(store, document, tokenizer));
    }
    return decoded;
  }

  private static Sample sample(TokenStore store, int document, Tokenizer tokenizer) {
    int tokens = store.length(document);
    int answer = store.answerStart(document);
    int[] ids = new int[Math.min(tokens, MOST_TOKENS)];
    store.copy(store.start(document), ids, 0, ids.length);
    int before = Math.clamp(answer, 0, ids.length);
    String prompt = tokenizer.decode(Arrays.copyOf(ids, before));
    return new Sample(
        document,
        tokens,
        prompt + tokenizer.decode(Arrays.copyOfRange(ids, before, ids.length)),
        answer < 0 ? -1 : prompt.length(),
        tokens - Math.clamp(answer, 0, tokens),
        ids.length < tokens);
  }
}
