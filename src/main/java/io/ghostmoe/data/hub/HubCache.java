package io.ghostmoe.data.hub;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.FileMutex;
import io.ghostmoe.base.Sha256;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A repository's part of the cache that all clients of the Hub share: {@code
 * datasets--org--name/blobs/ETAG}, {@code refs/REVISION} with a commit in it, and {@code
 * snapshots/COMMIT/PATH} with relative links to the blobs.
 */
final class HubCache {
  /** The lock under which names change; every blob has one of its own, named by its ETag. */
  static final String NAMES = "names";

  private static final String INCOMPLETE = ".incomplete";
  private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9_-]{1,128}");
  private static final int LONGEST_REF = 256;

  private final Path root;
  private final String name;
  private final Path folder;

  HubCache(Path root, String repository) {
    this.root = root;
    name = "datasets--" + repository.replace("/", "--");
    folder = root.resolve(name);
  }

  /** The whole cache, which need not exist. */
  Path root() {
    return root;
  }

  /** Whether an ETag can be a blob's name. */
  static boolean isEtag(String text) {
    return ETAG.matcher(text).matches();
  }

  Path blob(String etag) {
    return folder.resolve("blobs").resolve(checked(etag));
  }

  /** A blob as far as it has come. */
  Path unfinished(String etag) {
    return folder.resolve("blobs").resolve(checked(etag) + INCOMPLETE);
  }

  /** Whether content is here under its hash, in the size that it has to have. */
  boolean hasBlob(String sha256, long size) throws IOException {
    Path blob = blob(sha256);
    return Files.isRegularFile(blob) && Files.size(blob) == size;
  }

  /** How much of unfinished files is here. */
  long unfinishedBytes() throws IOException {
    long bytes = 0;
    Path blobs = folder.resolve("blobs");
    if (Files.isDirectory(blobs)) {
      try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(blobs, "*" + INCOMPLETE)) {
        for (Path file : unfinished) {
          bytes += Files.size(file);
        }
      }
    }
    return bytes;
  }

  /** The file that is locked while a blob is fetched. */
  Path lock(String etag) {
    return root.resolve(".locks").resolve(name).resolve(checked(etag) + ".lock");
  }

  /**
   * Takes a lock as soon as it is free.
   *
   * @param lock {@link #NAMES} or a blob's ETag
   * @param listener ends the waiting where it wants no more
   */
  FileMutex acquire(String lock, HubListener listener) throws IOException {
    Runnable waiting =
        () -> {
          if (listener.cancelled()) {
            throw new CancellationException("the download was cancelled");
          }
        };
    try {
      return FileMutex.acquire(lock(lock), waiting);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the download was interrupted");
    }
  }

  private static String checked(String etag) {
    if (!isEtag(etag)) {
      throw new IllegalArgumentException("an ETag that was not checked");
    }
    return etag;
  }

  private Path snapshot(String commit) {
    if (!HubDataset.isCommit(commit)) {
      throw new IllegalArgumentException("a commit that was not checked");
    }
    return folder.resolve("snapshots").resolve(commit);
  }

  /** Where a file of a commit is found. */
  Path place(String commit, String path) {
    return RepoPath.resolve(snapshot(commit), path);
  }

  /** Whether a file of a commit is here, in the size that it has to have. */
  boolean holds(String commit, RepoFile file) throws IOException {
    Path place = place(commit, file.path());
    return file.size() >= 0 && Files.isRegularFile(place) && Files.size(place) == file.size();
  }

  /** The commit that a revision was when it was last asked for. */
  Optional<String> commit(String revision) throws IOException {
    if (HubDataset.isCommit(revision)) {
      return Optional.of(revision);
    }
    Path ref = RepoPath.resolve(folder.resolve("refs"), revision);
    if (!Files.isRegularFile(ref) || Files.size(ref) > LONGEST_REF) {
      return Optional.empty();
    }
    return Optional.of(Files.readString(ref).strip()).filter(HubDataset::isCommit);
  }

  /** Remembers what a revision is. */
  void remember(String revision, String commit) throws IOException {
    Path ref = RepoPath.resolve(folder.resolve("refs"), revision);
    if (!revision.equals(commit) && !commit(revision).equals(Optional.of(commit))) {
      Files.createDirectories(ref.getParent());
      AtomicFiles.writeString(ref, commit);
    }
  }

  /** What a commit holds, with its card, from the time when it was fetched. */
  Optional<Listing> ownListing(String commit) throws IOException {
    return text(listingFile(commit)).flatMap(Listing::ofJson);
  }

  /** The same, else as Python's client has kept it, without a card. */
  Optional<Listing> listing(String commit) throws IOException {
    Optional<Listing> own = ownListing(commit);
    Path tree = folder.resolve("trees").resolve(snapshot(commit).getFileName() + ".json");
    return own.isPresent() ? own : text(tree).flatMap(Listing::ofTree);
  }

  private static Optional<String> text(Path file) throws IOException {
    try {
      return Files.isRegularFile(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty(); // damaged, and no loss
    }
  }

  /** Keeps what a commit holds. */
  void remember(String commit, Listing listing) throws IOException {
    if (ownListing(commit).isEmpty()) {
      Path file = listingFile(commit);
      Files.createDirectories(file.getParent());
      AtomicFiles.writeString(file, listing.toJson());
    }
  }

  /** The other clients look for nothing under this name. */
  private Path listingFile(String commit) {
    return folder.resolve("listings").resolve(snapshot(commit).getFileName() + ".json");
  }

  /** The files of a commit that are here, by path; links to blobs that are gone are not. */
  List<RepoFile> files(String commit) throws IOException {
    Path snapshot = snapshot(commit);
    List<RepoFile> files = new ArrayList<>();
    if (!Files.isDirectory(snapshot)) {
      return files;
    }
    try (Stream<Path> walk = Files.walk(snapshot)) {
      for (Path file : (Iterable<Path>) walk.sorted()::iterator) {
        if (Files.isRegularFile(file)) {
          String path = snapshot.relativize(file).toString();
          files.add(
              new RepoFile(
                  path.replace(file.getFileSystem().getSeparator(), "/"), Files.size(file)));
        }
      }
    }
    return files;
  }

  /** Gives a blob its name at a commit. */
  void link(String commit, String path, String etag) throws IOException {
    Path place = place(commit, path);
    Path blob = blob(etag);
    Path parent = Objects.requireNonNull(place.getParent(), "a file lies in its snapshot");
    Files.createDirectories(parent);
    Path target = parent.relativize(blob);
    if (Files.isSymbolicLink(place) && Files.readSymbolicLink(place).equals(target)) {
      return;
    }
    Path beside = AtomicFiles.beside(place);
    Files.deleteIfExists(beside);
    try {
      Files.createSymbolicLink(beside, target);
    } catch (UnsupportedOperationException | FileSystemException e) {
      if (!Files.exists(blob)) {
        throw e instanceof IOException failure ? failure : new NoSuchFileException(blob.toString());
      }
      Files.copy(blob, beside); // Windows lets not everybody make links
    }
    AtomicFiles.publish(beside, place);
  }

  /** The ETag of a file that is here, where the cache has links; empty where it is a copy. */
  Optional<String> etag(Path place) {
    if (!Files.isSymbolicLink(place)) {
      return Optional.empty();
    }
    try {
      Path target = Files.readSymbolicLink(place).getFileName();
      return Optional.of(String.valueOf(target)).filter(HubCache::isEtag);
    } catch (IOException e) {
      return Optional.empty(); // replaced by a file meanwhile
    }
  }

  /**
   * Forgets a file that is not what it should be: the link, and the blob behind it. One that
   * another process has fetched anew meanwhile stays.
   */
  void discard(HubSnapshot.File file, HubListener listener) throws IOException {
    Path place = file.file();
    Optional<String> etag = etag(place);
    try (FileMutex _ = acquire(etag.orElse(NAMES), listener)) {
      if (isSound(file)) {
        return;
      }
      Files.deleteIfExists(place);
      if (etag.isPresent()) {
        Files.deleteIfExists(blob(etag.get()));
      }
    }
  }

  private static boolean isSound(HubSnapshot.File file) throws IOException {
    return file.sha256().isPresent()
        && Files.isRegularFile(file.file())
        && file.sha256().get().equals(Sha256.of(file.file()));
  }
}
