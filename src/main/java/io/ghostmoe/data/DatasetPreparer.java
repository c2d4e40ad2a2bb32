package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.CacheEntry;
import io.ghostmoe.data.cache.EntryKey;
import io.ghostmoe.data.cache.Manifest;
import io.ghostmoe.data.cache.SourceHashes;
import io.ghostmoe.data.cache.TokenCache;
import io.ghostmoe.data.hub.HubEnvironment;
import io.ghostmoe.data.source.RecordRules;
import io.ghostmoe.data.tokenizer.Tokenizer;
import io.ghostmoe.data.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** From a request to tokens: the cached entry if there is one, else source → tokenizer → cache. */
public final class DatasetPreparer {
  private final TokenCache cache;
  private final SourceHashes hashes;
  private final CorpusFinder finder;

  /**
   * Prepares into a cache folder, with the Hub that the process's environment names.
   *
   * @param cacheFolder made when it is needed
   */
  public DatasetPreparer(Path cacheFolder) {
    this(cacheFolder, HubEnvironment::system);
  }

  /**
   * Prepares into a cache folder.
   *
   * @param cacheFolder made when it is needed
   * @param environment of the Hub; asked for when a dataset of it is
   */
  public DatasetPreparer(Path cacheFolder, Supplier<HubEnvironment> environment) {
    cache = new TokenCache(cacheFolder);
    hashes = new SourceHashes(cacheFolder);
    finder = new CorpusFinder(environment);
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
      Found found = find(request, listener);
      EntryKey key = key(request, found, tokenizer);
      TokenCache.Lookup lookup =
          cache.open(
              key,
              tokenizer,
              folder -> {
                listener.note("cache: building " + key.name());
                return new EntryBuilder(
                        request, found.corpus, key, found.known, tokenizer, listener)
                    .build(folder);
              },
              new CacheNotes(listener));
      try {
        report(lookup, request, listener);
        prepared = true;
        return new PreparedDataset(lookup.entry(), tokenizer, lookup.hit());
      } finally {
        if (!prepared) {
          lookup.entry().close();
        }
      }
    } finally {
      if (!prepared) {
        tokenizer.close();
      }
    }
  }

  /**
   * Opens the entry that answers a request where there is one; builds and fetches nothing.
   *
   * @param request which data, and how
   * @return open stores and tokenizer, which the caller closes; empty where nothing is prepared
   * @throws UserException if the request or its files are wrong
   */
  public Optional<PreparedDataset> find(DatasetRequest request) {
    Tokenizer tokenizer = Tokenizers.open(request.tokenizer());
    Optional<PreparedDataset> prepared = Optional.empty();
    try {
      Optional<Corpus> here = finder.findHere(request);
      if (here.isPresent() && hasName(here.get(), request, tokenizer)) {
        EntryKey key = key(request, new Found(here.get(), hash(here.get())), tokenizer);
        prepared =
            cache.find(key, tokenizer).map(entry -> new PreparedDataset(entry, tokenizer, true));
      }
      return prepared;
    } finally {
      if (prepared.isEmpty()) {
        tokenizer.close();
      }
    }
  }

  /**
   * Says what building the entry of a request would take. Reads its files, tokenizes a sample of
   * them, fetches and writes nothing; whether the entry is there already plays no part.
   *
   * @param request which data, and how
   * @param listener hears how the reading goes, and can stop it
   * @return about what it would take
   * @throws UserException if the request or its files are wrong, or the Hub's files are not here
   * @throws java.util.concurrent.CancellationException if the listener asked for it
   */
  public PrepareEstimate estimate(DatasetRequest request, PrepareListener listener) {
    Corpus corpus =
        finder
            .findHere(request)
            .orElseThrow(
                () ->
                    UserException.environment(
                        "%s is not on this machine yet: prepare says what it takes before it fetches it."
                            .formatted(request.dataset())));
    try (Tokenizer tokenizer = Tokenizers.open(request.tokenizer())) {
      EntryKey key = corpus.namer().key(tokenizer.name(), request.maxSeqLength(), new TreeMap<>());
      return new EntryBuilder(request, corpus, key, List.of(), tokenizer, listener).estimate();
    }
  }

  /** A hash takes a reading of all files: not where there is nothing of that name. */
  private boolean hasName(Corpus corpus, DatasetRequest request, Tokenizer tokenizer) {
    EntryKey key = corpus.namer().key(tokenizer.name(), request.maxSeqLength(), new TreeMap<>());
    return Files.isDirectory(cache.root().resolve(key.name()));
  }

  /**
   * The files of a request.
   *
   * @param known the hash of each
   */
  private record Found(Corpus corpus, List<SourceHashes.Known> known) {}

  private Found find(DatasetRequest request, PrepareListener listener) {
    Found found = findOnce(request, listener);
    if (!finder.isSound(found.corpus, found.known, request, listener)) {
      found = findOnce(request, listener);
      if (!finder.isSound(found.corpus, found.known, request, listener)) {
        throw CorpusFinder.damaged(found.corpus);
      }
    }
    return found;
  }

  private Found findOnce(DatasetRequest request, PrepareListener listener) {
    Corpus corpus = finder.find(request, listener);
    return new Found(corpus, hash(corpus));
  }

  static RecordRules rules(DatasetRequest request) {
    return new RecordRules(request.questionField(), request.answerField(), request.textField());
  }

  private List<SourceHashes.Known> hash(Corpus corpus) {
    Map<Path, String> verified = new HashMap<>();
    for (Corpus.Part part : corpus.parts()) {
      part.sha256().filter(_ -> part.verified()).ifPresent(hash -> verified.put(part.file(), hash));
    }
    try {
      return hashes.hash(corpus.parts().stream().map(Corpus.Part::file).toList(), verified);
    } catch (IOException e) {
      throw UserException.environment(
          "%s cannot be read: %s.".formatted(corpus.label(), e.getMessage()), e);
    }
  }

  private static EntryKey key(DatasetRequest request, Found found, Tokenizer tokenizer) {
    SortedMap<String, String> inputs = found.corpus.inputs(found.known);
    inputs.put("records", rules(request).describe());
    inputs.put("tokenizer", tokenizer.fingerprint());
    inputs.put("max_seq_length", Integer.toString(request.maxSeqLength()));
    inputs.put("num_train_samples", Integer.toString(request.numTrainSamples()));
    inputs.put("num_eval_samples", Integer.toString(request.numEvalSamples()));
    inputs.put("seed", Long.toString(request.seed()));
    inputs.put("deduplicate", Boolean.toString(request.deduplicate()));
    return found.corpus.namer().key(tokenizer.name(), request.maxSeqLength(), inputs);
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
