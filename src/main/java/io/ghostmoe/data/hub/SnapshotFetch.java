package io.ghostmoe.data.hub;

import io.ghostmoe.base.ByteSizes;
import io.ghostmoe.base.FileMutex;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Brings one snapshot here: what the revision is, what it holds, what is chosen, the files several
 * at a time, and at the very end their names and the revision's.
 */
final class SnapshotFetch {
  private static final int AT_ONCE = 4;

  /** Bytes of tokens for a byte of JSON lines, as measured on GSM8K. */
  private static final double PLAIN = 0.6;

  /** The same for a byte of Parquet. */
  private static final double PACKED = 1;

  private final HubSession session;
  private final HubDataset dataset;
  private final HubListener listener;
  private final HubCache cache;
  private final Selector selector;

  /** Paths of the files that were fetched and held against their SHA-256. */
  private final Set<String> verified = ConcurrentHashMap.newKeySet();

  SnapshotFetch(HubSession session, HubDataset dataset, HubListener listener) {
    this.session = session;
    this.dataset = dataset;
    this.listener = listener;
    cache = session.cache();
    selector = new Selector(dataset);
  }

  /**
   * What is to be fetched.
   *
   * @param revision by which it is remembered
   * @param listing to be kept with the commit; empty where a part of it is known only
   */
  private record Plan(
      String revision, String commit, Selection selection, Optional<Listing> listing) {
    List<RepoFile> files() {
      List<RepoFile> files = new ArrayList<>(selection.train());
      files.addAll(selection.eval());
      return files;
    }
  }

  HubSnapshot fetch() throws UnreachableException, IOException {
    Optional<HubSnapshot> pinned = pinned();
    if (pinned.isPresent()) {
      return pinned.get();
    }
    List<Plan> plans = new ArrayList<>();
    session.supervisor().run(() -> plans.add(plan()));
    Plan plan = plans.getFirst();
    List<RepoFile> missing = missing(plan);
    if (missing.isEmpty()) {
      refresh(plan);
    } else {
      publish(() -> keepListing(plan));
      Map<String, String> etags = download(plan, missing);
      publish(
          () -> {
            for (Map.Entry<String, String> file : etags.entrySet()) {
              cache.link(plan.commit(), file.getKey(), file.getValue());
            }
            cache.remember(plan.revision(), plan.commit());
          });
    }
    return snapshot(dataset, cache, plan.commit(), plan.selection(), verified);
  }

  private void refresh(Plan plan) {
    try {
      publish(
          () -> {
            keepListing(plan);
            cache.remember(plan.revision(), plan.commit());
          });
    } catch (IOException e) {
      // a cache that may only be read is good enough where all of it is here
    }
  }

  private void keepListing(Plan plan) throws IOException {
    if (plan.listing().isPresent()) {
      cache.remember(plan.commit(), plan.listing().get());
    }
  }

  /** Changes names in the cache, as one process at a time. */
  private void publish(Change change) throws IOException {
    try (FileMutex _ = cache.acquire(HubCache.NAMES, listener)) {
      change.make();
    }
  }

  private interface Change {
    void make() throws IOException;
  }

  /** A commit never changes: where all of it is known and here, nobody need be asked. */
  private Optional<HubSnapshot> pinned() throws IOException {
    if (!dataset.isPinned()) {
      return Optional.empty();
    }
    Optional<Listing> listing = cache.ownListing(dataset.revision());
    Optional<Selection> selection =
        listing.flatMap(known -> selector.select(known.card(), known.files()));
    if (selection.isEmpty()) {
      return Optional.empty();
    }
    Plan plan = new Plan(dataset.revision(), dataset.revision(), selection.get(), listing);
    return missing(plan).isEmpty()
        ? Optional.of(snapshot(dataset, cache, plan.commit(), plan.selection(), Set.of()))
        : Optional.empty();
  }

  private Plan plan() throws UnreachableException, InterruptedException {
    HubApi api = session.api();
    HubApi.Revision revision = api.revision();
    Listing listing = new Listing(revision.card(), api.files(revision.commit())).dataOnly();
    Optional<Selection> own = selector.select(listing.card(), listing.files());
    if (own.isPresent()) {
      return new Plan(dataset.revision(), revision.commit(), own.get(), Optional.of(listing));
    }
    List<String> names = Selector.names(listing.card(), listing.files());
    if (!dataset.revision().equals(HubDataset.MAIN)) { // the Hub converts no other
      throw names.isEmpty() ? selector.unreadable() : selector.missing(names);
    }
    Converted.Found found = new Converted(session, dataset, revision.commit()).find(names);
    return new Plan(Converted.REVISION, found.commit(), found.selection(), Optional.empty());
  }

  /** The ETags of the files, by path, once they are here. */
  private Map<String, String> download(Plan plan, List<RepoFile> missing)
      throws UnreachableException, IOException {
    List<RepoFile> wanted = new ArrayList<>();
    Map<String, String> etags = new TreeMap<>();
    for (RepoFile file : missing) {
      Optional<String> hash = file.sha256();
      if (hash.isPresent() && cache.hasBlob(hash.get(), file.size())) {
        etags.put(file.path(), hash.get()); // of another commit, or of a process that was killed
      } else {
        wanted.add(file);
      }
    }
    if (!wanted.isEmpty()) {
      etags.putAll(fetch(plan, wanted));
    }
    return etags;
  }

  private Map<String, String> fetch(Plan plan, List<RepoFile> wanted)
      throws UnreachableException, IOException {
    long total = wanted.stream().mapToLong(file -> Math.max(0, file.size())).sum();
    announce(plan, wanted, total);
    session.supervisor().expect(total);
    Map<String, String> etags = new ConcurrentHashMap<>();
    List<Callable<FileDownload.Blob>> tasks = new ArrayList<>();
    for (RepoFile file : wanted) {
      FileDownload download = new FileDownload(session, plan.commit(), file);
      tasks.add(
          () -> {
            FileDownload.Blob blob = download.call();
            etags.put(file.path(), blob.etag());
            if (blob.verified()) {
              verified.add(file.path());
            }
            return blob;
          });
    }
    session.supervisor().runAll(tasks, AT_ONCE);
    return etags;
  }

  private List<RepoFile> missing(Plan plan) throws IOException {
    List<RepoFile> missing = new ArrayList<>();
    for (RepoFile file : plan.files()) {
      if (!cache.holds(plan.commit(), file)) {
        missing.add(file);
      }
    }
    return missing;
  }

  /** Tells what is ahead, and fails now rather than on a full disk later. */
  private void announce(Plan plan, List<RepoFile> wanted, long total) throws IOException {
    Path disk = cache.root();
    while (!Files.exists(disk) && disk.toAbsolutePath().getParent() != null) {
      disk = disk.toAbsolutePath().getParent();
    }
    long free = Files.getFileStore(disk).getUsableSpace();
    listener.note(
        "hub: %s at %.12s, configuration %s: fetching %s of %,d, %s, of which about %s of tokens will be made; %s are free in %s"
            .formatted(
                dataset.repository(),
                plan.commit(),
                RepoPath.shown(plan.selection().config()),
                wanted.size() == 1 ? "1 file" : "%,d files".formatted(wanted.size()),
                plan.files().size(),
                ByteSizes.text(total),
                ByteSizes.text(tokenBytes(plan)),
                ByteSizes.text(free),
                cache.root()));
    long needed = total - cache.unfinishedBytes();
    if (free < needed) {
      throw UserException.environment(
          "%s has %s free, %s needs %s: make room or set HF_HUB_CACHE to another folder."
              .formatted(
                  cache.root(),
                  ByteSizes.text(free),
                  dataset.repository(),
                  ByteSizes.text(needed)));
    }
  }

  /** A rough size, before anything is read. */
  private static long tokenBytes(Plan plan) {
    double bytes = 0;
    for (RepoFile file : plan.files()) {
      boolean packed = file.path().toLowerCase(Locale.ROOT).matches(".*\\.(parquet|gz|zst)");
      bytes += Math.max(0, file.size()) * (packed ? PACKED : PLAIN);
    }
    return Math.round(bytes);
  }

  /**
   * What was chosen, as it lies in the cache.
   *
   * @param verified paths of the files that were held against their SHA-256 just now
   */
  static HubSnapshot snapshot(
      HubDataset dataset,
      HubCache cache,
      String commit,
      Selection selection,
      Set<String> verified) {
    return new HubSnapshot(
        dataset.repository(),
        commit,
        selection.config(),
        files(cache, commit, selection.train(), verified),
        files(cache, commit, selection.eval(), verified),
        selection.evalSplit());
  }

  private static List<HubSnapshot.File> files(
      HubCache cache, String commit, List<RepoFile> chosen, Set<String> verified) {
    return chosen.stream()
        .map(
            file -> {
              Path place = cache.place(commit, file.path());
              return new HubSnapshot.File(
                  file.path(),
                  place,
                  cache.etag(place).flatMap(FileHead::sha256),
                  verified.contains(file.path()));
            })
        .toList();
  }
}
