package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.CacheEntry;
import io.ghostmoe.data.cache.EntryKey;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.SourceHashes;
import io.ghostmoe.data.cache.TokenCache;
import io.ghostmoe.data.source.RecordRules;
import io.ghostmoe.data.source.Source;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** From a request to tokens: the cached entry if there is one, else source → tokenizer → cache. */
public final class DatasetPreparer {
  private final TokenCache cache;
  private final SourceHashes hashes;

  /**
   * Prepares into a cache folder.
   *
   * @param cacheFolder made when it is needed
   */
  public DatasetPreparer(Path cacheFolder) {
    cache = new TokenCache(cacheFolder);
    hashes = new SourceHashes(cacheFolder);
  }

  /**
   * Opens the entry that answers a request, building it if need be. Safe to be called at the same
   * time by any number of threads and processes.
   *
   * @param request which data, and how
   * @param listener hears how it goes, on this thread, and can stop it
   * @return open stores and tokenizer; the caller closes it
   * @throws UserException if the request or its files are wrong, or the disk fails
   * @throws java.util.concurrent.CancellationException if the listener asked for it
   */
  public PreparedDataset prepare(DatasetRequest request, PrepareListener listener) {
    Tokenizer tokenizer = Tokenizers.open(request.tokenizer());
    boolean prepared = false;
    try {
      List<SourceHashes.Known> sources = hash(request);
      EntryKey key = key(request, sources, tokenizer);
      TokenCache.Lookup found =
          cache.open(
              key,
              tokenizer,
              folder -> {
                listener.note("cache: building " + key.name());
                return new EntryBuilder(request, key, sources, tokenizer, listener).build(folder);
              },
              new CacheNotes(listener));
      try {
        report(found, request, listener);
        prepared = true;
        return new PreparedDataset(found.entry(), tokenizer, found.hit());
      } finally {
        if (!prepared) {
          found.entry().close();
        }
      }
    } finally {
      if (!prepared) {
        tokenizer.close();
      }
    }
  }

  /**
   * Opens the entry that answers a request where there is one; builds nothing.
   *
   * @param request which data, and how
   * @return open stores and tokenizer, which the caller closes; empty where nothing is prepared
   * @throws UserException if the request or its files are wrong
   */
  public Optional<PreparedDataset> find(DatasetRequest request) {
    Tokenizer tokenizer = Tokenizers.open(request.tokenizer());
    Optional<PreparedDataset> found = Optional.empty();
    try {
      var _ = Source.of(request.dataset());
      // a hash takes a reading of the whole file: not where there is nothing of that name
      String name = key(request, List.of(), tokenizer).name();
      if (Files.isDirectory(cache.root().resolve(name))) {
        EntryKey key = key(request, hash(request), tokenizer);
        found =
            cache.find(key, tokenizer).map(entry -> new PreparedDataset(entry, tokenizer, true));
      }
      return found;
    } finally {
      if (found.isEmpty()) {
        tokenizer.close();
      }
    }
  }

  /**
   * Says what building the entry of a request would take. Reads its files, tokenizes a sample of
   * them and writes nothing; whether the entry is there already plays no part.
   *
   * @param request which data, and how
   * @param listener hears how the reading goes, and can stop it
   * @return about what it would take
   * @throws UserException if the request or its files are wrong
   * @throws java.util.concurrent.CancellationException if the listener asked for it
   */
  public PrepareEstimate estimate(DatasetRequest request, PrepareListener listener) {
    try (Tokenizer tokenizer = Tokenizers.open(request.tokenizer())) {
      EntryKey key = key(request, List.of(), tokenizer);
      return new EntryBuilder(request, key, List.of(), tokenizer, listener).estimate();
    }
  }

  static RecordRules rules(DatasetRequest request) {
    return new RecordRules(request.questionField(), request.answerField(), request.textField());
  }

  private List<SourceHashes.Known> hash(DatasetRequest request) {
    List<SourceHashes.Known> known = new ArrayList<>();
    known.add(hash(request.dataset()));
    if (request.evalFile() != null) {
      known.add(hash(request.evalFile()));
    }
    return known;
  }

  private SourceHashes.Known hash(Path path) {
    Path file = Source.of(path).file();
    try {
      return hashes.hash(file);
    } catch (IOException e) {
      throw UserException.environment("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
    }
  }

  private static EntryKey key(
      DatasetRequest request, List<SourceHashes.Known> sources, Tokenizer tokenizer) {
    SortedMap<String, String> inputs = new TreeMap<>();
    for (int i = 0; i < sources.size(); i++) {
      String prefix = i == 0 ? "dataset" : "eval_file";
      inputs.put(prefix, sources.get(i).path().toString());
      inputs.put(prefix + "_sha256", sources.get(i).sha256());
    }
    inputs.put("records", rules(request).describe());
    inputs.put("tokenizer", tokenizer.fingerprint());
    inputs.put("max_seq_length", Integer.toString(request.maxSeqLength()));
    inputs.put("num_train_samples", Integer.toString(request.numTrainSamples()));
    inputs.put("num_eval_samples", Integer.toString(request.numEvalSamples()));
    inputs.put("seed", Long.toString(request.seed()));
    inputs.put("deduplicate", Boolean.toString(request.deduplicate()));
    String stem = Source.stem(String.valueOf(request.dataset().getFileName()));
    return EntryKey.ofLocal(stem, tokenizer.name(), request.maxSeqLength(), inputs);
  }

  /** The limit on bad records is no part of the fingerprint: it changes nothing in the files. */
  private static void report(
      TokenCache.Lookup found, DatasetRequest request, PrepareListener listener) {
    CacheEntry entry = found.entry();
    Manifest manifest = entry.manifest();
    BadRecords.require(manifest.badRecords(), manifest.badPlaces(), request);
    if (found.hit()) {
      listener.note("cache: hit, %s built %s".formatted(manifest.name(), manifest.created()));
      manifest.notes().forEach(listener::note);
    }
  }

  private record CacheNotes(PrepareListener listener) implements TokenCache.Watcher {
    @Override
    public void note(String line) {
      listener.note(line);
    }

    @Override
    public boolean cancelled() {
      return listener.cancelled();
    }
  }
}
