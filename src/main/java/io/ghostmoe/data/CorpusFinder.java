package io.ghostmoe.data;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.EntryKey;
import io.ghostmoe.data.cache.SourceHashes;
import io.ghostmoe.data.hub.Hub;
import io.ghostmoe.data.hub.HubDataset;
import io.ghostmoe.data.hub.HubEnvironment;
import io.ghostmoe.data.hub.HubListener;
import io.ghostmoe.data.hub.HubSnapshot;
import io.ghostmoe.data.source.Source;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Finds the files of a request: a local one as named, the Hub's in its cache or by fetching them.
 */
final class CorpusFinder {
  private final Supplier<HubEnvironment> environment;

  /**
   * @param environment asked for when a dataset of the Hub is, since it may be wrong
   */
  CorpusFinder(Supplier<HubEnvironment> environment) {
    this.environment = environment;
  }

  /** The files, fetched if need be. */
  Corpus find(DatasetRequest request, PrepareListener listener) {
    return switch (request.dataset()) {
      case DatasetOrigin.LocalFile(Path path) -> ofFile(path, request);
      case DatasetOrigin.OnHub(HubDataset dataset) ->
          ofSnapshot(dataset, hub().fetch(dataset, new HubNews(listener)), request);
    };
  }

  /** The files as far as they are here; empty where the Hub's are not, or not all of them. */
  Optional<Corpus> findHere(DatasetRequest request) {
    return switch (request.dataset()) {
      case DatasetOrigin.LocalFile(Path path) -> Optional.of(ofFile(path, request));
      case DatasetOrigin.OnHub(HubDataset dataset) ->
          cached(dataset).map(snapshot -> ofSnapshot(dataset, snapshot, request));
    };
  }

  private Optional<HubSnapshot> cached(HubDataset dataset) {
    try {
      return hub().cached(dataset);
    } catch (UserException e) {
      if (e.kind() == UserException.Kind.INPUT) {
        throw e;
      }
      return Optional.empty(); // a part of it is here
    }
  }

  /**
   * Whether every file holds what it has to; those of the Hub that do not are forgotten.
   *
   * @param known the hashes of {@link Corpus#parts()}
   */
  boolean isSound(
      Corpus corpus,
      List<SourceHashes.Known> known,
      DatasetRequest request,
      PrepareListener listener) {
    List<Corpus.Part> parts = corpus.parts();
    List<HubSnapshot.File> damaged = new ArrayList<>();
    for (int i = 0; i < known.size(); i++) {
      Corpus.Part part = parts.get(i);
      String hash = known.get(i).sha256();
      if (part.sha256().filter(expected -> !expected.equals(hash)).isPresent()) {
        listener.note("hub: %s is damaged in the cache".formatted(part.file()));
        damaged.add(new HubSnapshot.File(part.name(), part.file(), part.sha256(), false));
      }
    }
    if (!damaged.isEmpty()
        && request.dataset() instanceof DatasetOrigin.OnHub(HubDataset dataset)) {
      hub().discard(dataset, damaged, new HubNews(listener));
    }
    return damaged.isEmpty();
  }

  private Hub hub() {
    return new Hub(environment.get());
  }

  private static Corpus ofFile(Path path, DatasetRequest request) {
    String stem = Source.stem(String.valueOf(Source.of(path).file().getFileName()));
    return new Corpus(
        path.toString(),
        List.of(new Corpus.Part(path)),
        evalFile(request),
        String.valueOf(request.evalFile()),
        new TreeMap<>(),
        (tokenizer, length, inputs) -> EntryKey.ofLocal(stem, tokenizer, length, inputs),
        List.of());
  }

  private static List<Corpus.Part> evalFile(DatasetRequest request) {
    Path file = request.evalFile();
    if (file == null) {
      return List.of();
    }
    return List.of(new Corpus.Part(Source.of(file).file()));
  }

  private static Corpus ofSnapshot(
      HubDataset dataset, HubSnapshot snapshot, DatasetRequest request) {
    boolean ownEval = request.evalFile() == null;
    SortedMap<String, String> identity = new TreeMap<>();
    identity.put("hub_repository", snapshot.repository());
    identity.put(Corpus.COMMIT, snapshot.commit());
    identity.put("hub_config", snapshot.config());
    if (ownEval) {
      identity.put("hub_eval_split", snapshot.evalSplit());
    }
    return new Corpus(
        dataset.repository(),
        parts(snapshot.train()),
        ownEval ? parts(snapshot.eval()) : evalFile(request),
        ownEval ? snapshot.evalSplit() : String.valueOf(request.evalFile()),
        identity,
        (tokenizer, length, inputs) ->
            EntryKey.ofHub(snapshot.repository(), snapshot.config(), tokenizer, length, inputs),
        ownEval ? notes(snapshot) : List.of());
  }

  private static List<Corpus.Part> parts(List<HubSnapshot.File> files) {
    return files.stream()
        .map(file -> new Corpus.Part(file.path(), file.file(), file.sha256(), file.verified()))
        .toList();
  }

  /**
   * Whoever reports a loss on a test split should know that the best checkpoint was chosen by it.
   */
  private static List<String> notes(HubSnapshot snapshot) {
    String here =
        "%s at %.12s, configuration %s"
            .formatted(snapshot.repository(), snapshot.commit(), snapshot.config());
    return switch (snapshot.evalSplit()) {
      case "" -> List.of(here + ": no split to evaluate on, a part of train serves");
      case "validation" -> List.of(here + ": trains on train, evaluates on validation");
      case "dev" -> List.of(here + ": trains on train, evaluates on dev");
      case String split ->
          List.of(
              here + ": trains on train, evaluates on " + split,
              "there is no validation split: the best checkpoint is chosen on %s, so its loss there is no measure of new data"
                  .formatted(split));
    };
  }

  /** Tells the preparation's listener what the Hub's is told. */
  private record HubNews(PrepareListener listener) implements HubListener {
    @Override
    public void note(String line) {
      listener.note(line);
    }

    @Override
    public void progress(long bytes, long total) {
      listener.progress(new PrepareProgress(PrepareProgress.Phase.DOWNLOAD, bytes, total, 0));
    }

    @Override
    public boolean cancelled() {
      return listener.cancelled();
    }
  }

  /** What is said where a file is damaged again right after it was fetched. */
  static UserException damaged(Corpus corpus) {
    return UserException.environment(
        "%s: a file is not what the Hub says it is, even fetched again: check the disk, or set HF_HUB_CACHE to another folder."
            .formatted(corpus.label()));
  }
}
