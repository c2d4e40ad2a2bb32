package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The Hub as a place that datasets come from. Any number of threads and processes may use it. */
public final class Hub {
  private final HubEnvironment environment;

  /**
   * A Hub.
   *
   * @param environment where it is, and where downloads are kept
   */
  public Hub(HubEnvironment environment) {
    this.environment = environment;
  }

  /**
   * Brings the files of a dataset to this disk, as far as they are not there already.
   *
   * <p>What the revision is now is asked for first, and every further request is about that commit.
   * Where the Hub cannot be reached, or {@code HF_HUB_OFFLINE} is set, what is there is taken.
   *
   * @param dataset which one
   * @param listener hears how it goes, on this thread, and can stop it
   * @return the files to train and to evaluate on
   * @throws UserException where there is no such dataset, it may not be read, the Hub cannot be
   *     reached and it is not here, or the disk fails
   * @throws java.util.concurrent.CancellationException where the listener asked for it, or this
   *     thread was interrupted
   */
  public HubSnapshot fetch(HubDataset dataset, HubListener listener) {
    if (environment.offline()) {
      return cached(dataset)
          .orElseThrow(
              () ->
                  UserException.environment(
                      "%s at %s is not in %s and HF_HUB_OFFLINE is set: unset it once, to fetch it."
                          .formatted(
                              dataset.repository(), dataset.revision(), environment.cache())));
    }
    HubCache cache = cache(dataset);
    try (HubSession session = new HubSession(environment, dataset, cache, listener)) {
      return new SnapshotFetch(session, dataset, listener).fetch();
    } catch (UnreachableException e) {
      return insteadOf(e, dataset, listener);
    } catch (IOException e) {
      throw disk(cache, e);
    }
  }

  private HubSnapshot insteadOf(
      UnreachableException failure, HubDataset dataset, HubListener listener) {
    Optional<HubSnapshot> here;
    try {
      here = cached(dataset);
    } catch (UserException e) {
      here =
          Optional.empty(); // what stands in the cache is not enough, and the network is the cause
    }
    HubSnapshot snapshot =
        here.orElseThrow(
            () ->
                UserException.environment(
                    "%s is no file here, and cannot be fetched from %s: %s: check the network and HF_ENDPOINT, and run again; what is there is gone on with."
                        .formatted(dataset.repository(), environment.endpoint(), failure.reason()),
                    failure));
    listener.note(
        "hub: %s cannot be reached (%s): taking commit %.12s of %s from the cache, which may not be its latest"
            .formatted(
                environment.endpoint(), failure.reason(), snapshot.commit(), dataset.repository()));
    return snapshot;
  }

  /**
   * {@return the files of a dataset as they are on this disk, without a request; empty where
   * nothing of it is}
   *
   * @param dataset which one
   * @throws UserException where there is a part of it only, or a choice is needed
   */
  public Optional<HubSnapshot> cached(HubDataset dataset) {
    HubCache cache = cache(dataset);
    try {
      Optional<HubSnapshot> own = cached(dataset, cache, dataset.revision());
      return own.isEmpty() && dataset.revision().equals(HubDataset.MAIN)
          ? cached(dataset, cache, Converted.REVISION)
          : own;
    } catch (IOException e) {
      throw disk(cache, e);
    }
  }

  private static Optional<HubSnapshot> cached(HubDataset dataset, HubCache cache, String revision)
      throws IOException {
    Optional<String> commit = cache.commit(revision);
    if (commit.isEmpty()) {
      return Optional.empty();
    }
    List<RepoFile> here = cache.files(commit.get());
    if (here.isEmpty()) {
      return Optional.empty();
    }
    Listing listing = cache.listing(commit.get()).orElseGet(() -> Listing.of(here));
    Selector selector = new Selector(dataset);
    Optional<Selection> selection = selector.select(listing.card(), listing.files());
    List<String> names = Selector.names(listing.card(), listing.files());
    if (selection.isEmpty() && !names.isEmpty()) {
      throw selector.missing(names);
    }
    if (selection.isPresent()) {
      requireWhole(dataset, cache, commit.get(), selection.get());
    }
    return selection.map(
        chosen -> SnapshotFetch.snapshot(dataset, cache, commit.get(), chosen, Set.of()));
  }

  /** A part of the data would pass for all of it. */
  private static void requireWhole(
      HubDataset dataset, HubCache cache, String commit, Selection selection) throws IOException {
    Map<SplitNames.Shard, Integer> shards = new HashMap<>();
    List<RepoFile> all = new ArrayList<>(selection.train());
    all.addAll(selection.eval());
    for (RepoFile file : all) {
      if (!cache.holds(commit, file)) {
        throw partial(dataset, file.path() + " is missing");
      }
      SplitNames.shard(file.path()).ifPresent(shard -> shards.merge(shard, 1, Integer::sum));
    }
    shards.forEach(
        (shard, count) -> {
          if (count < shard.count() && dataset.path().isEmpty()) {
            throw partial(
                dataset, "%s has %,d of %,d files".formatted(shard.name(), count, shard.count()));
          }
        });
  }

  private static UserException partial(HubDataset dataset, String what) {
    return UserException.environment(
        "%s is not whole in the Hub cache (%s): run once with a network and without HF_HUB_OFFLINE."
            .formatted(dataset.repository(), RepoPath.shown(what)));
  }

  /**
   * Forgets files that are not what the Hub says they are, so that the next fetch brings them anew.
   *
   * @param dataset whose they are
   * @param files of its snapshot; those that are right by now stay
   * @param listener can stop the waiting for another process that fetches one
   * @throws UserException where the disk fails
   * @throws java.util.concurrent.CancellationException where the listener asked for it
   */
  public void discard(HubDataset dataset, List<HubSnapshot.File> files, HubListener listener) {
    HubCache cache = cache(dataset);
    try {
      for (HubSnapshot.File file : files) {
        cache.discard(file, listener);
      }
    } catch (IOException e) {
      throw disk(cache, e);
    }
  }

  private HubCache cache(HubDataset dataset) {
    Path root = environment.cache();
    if (Files.exists(root) && !Files.isDirectory(root)) {
      throw UserException.environment(
          "%s is no folder: set HF_HUB_CACHE or HF_HOME to one.".formatted(root));
    }
    return new HubCache(root, dataset.repository());
  }

  private static UserException disk(HubCache cache, IOException e) {
    return UserException.environment(
        "%s cannot be used: %s: mend it, or set HF_HUB_CACHE to another folder."
            .formatted(cache.root(), e.getMessage()),
        e);
  }
}
