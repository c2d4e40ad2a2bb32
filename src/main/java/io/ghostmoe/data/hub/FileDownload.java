package io.ghostmoe.data.hub;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.FileMutex;
import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Fetches one file into the cache's blobs. What an earlier attempt has left, of this process or of
 * one that was killed, is gone on with where a hash will tell whether that was right; what is whole
 * and right gets the blob's name by one rename.
 */
final class FileDownload implements Callable<FileDownload.Blob> {
  private final HubSession session;
  private final String commit;
  private final RepoFile file;

  FileDownload(HubSession session, String commit, RepoFile file) {
    this.session = session;
    this.commit = commit;
    this.file = file;
  }

  /**
   * A file's content in the cache.
   *
   * @param etag its name
   * @param verified whether it was held against its SHA-256 just now
   */
  record Blob(String etag, boolean verified) {}

  /** The blob that is here when this returns. */
  @Override
  public Blob call() throws UnreachableException, InterruptedException {
    FileHead head = session.head(address(), file.path());
    requireExpected(head);
    try (FileMutex _ = lock(head.etag())) {
      boolean fetched = fetch(head);
      return new Blob(head.etag(), fetched && FileHead.sha256(head.etag()).isPresent());
    } catch (IOException e) {
      throw session.disk(e);
    }
  }

  private void requireExpected(FileHead head) {
    boolean pinned = file.address().isEmpty();
    if (pinned && head.commit().filter(other -> !other.equals(commit)).isPresent()) {
      throw UserException.environment(
          "%s: the Hub was asked for commit %s and answers with another: check HF_ENDPOINT, and run again later."
              .formatted(name(), commit));
    }
    if (file.size() >= 0 && head.size() >= 0 && file.size() != head.size()) {
      throw UserException.environment(
          "%s: the Hub lists it with %,d bytes and offers %,d: run again later, or pass another --revision."
              .formatted(name(), file.size(), head.size()));
    }
    if (file.sha256().isPresent() && !file.sha256().equals(FileHead.sha256(head.etag()))) {
      throw UserException.environment(
          "%s: the Hub lists it with the SHA-256 %.12s… and offers %.12s…: run again later, or pass another --revision."
              .formatted(name(), file.sha256().get(), head.etag()));
    }
  }

  private FileMutex lock(String etag) throws IOException, InterruptedException {
    AtomicBoolean said = new AtomicBoolean();
    return FileMutex.acquire(
        session.cache().lock(etag),
        () -> {
          if (!said.getAndSet(true)) {
            session.note("hub: another process fetches %s: waiting for it".formatted(name()));
          }
        });
  }

  /** Under the blob's lock; false where another has fetched it. */
  private boolean fetch(FileHead first)
      throws IOException, UnreachableException, InterruptedException {
    Path blob = session.cache().blob(first.etag());
    if (Files.exists(blob)) {
      if (first.size() < 0 || Files.size(blob) == first.size()) {
        session.count(Files.size(blob));
        return false;
      }
      session.note("hub: %s has a wrong size in the cache: fetched again".formatted(name()));
      Files.delete(blob);
    }
    Path unfinished = session.cache().unfinished(first.etag());
    Files.createDirectories(unfinished.getParent());
    boolean hashed = FileHead.sha256(first.etag()).isPresent() || isGits(first);
    if (!hashed && Files.deleteIfExists(unfinished)) {
      session.note("hub: %s cannot be gone on with unverified: it begins anew".formatted(name()));
    }
    try (BlobWriter writer = new BlobWriter(unfinished, session::count)) {
      fill(writer, first);
    }
    AtomicFiles.publish(unfinished, blob);
    return true;
  }

  /** As many attempts as it takes, or as there may be. */
  private void fill(BlobWriter writer, FileHead first)
      throws IOException, UnreachableException, InterruptedException {
    Attempts attempts = session.attempts(name());
    FileHead head = first;
    boolean headIsOld = false;
    boolean refused = false;
    while (true) {
      try {
        head = headIsOld ? again(first, attempts) : head;
        headIsOld = true; // the address that was signed for us may expire
        read(head, writer, attempts);
      } catch (TransientFailure e) {
        attempts.failed(e);
        continue;
      }
      Optional<String> wrong = wrong(writer, head);
      if (wrong.isEmpty()) {
        writer.force();
        return;
      }
      writer.restart();
      if (refused) {
        throw UserException.environment(
            "%s arrived twice with %s: nothing of it is kept; run again later, or check HF_ENDPOINT and a proxy in between."
                .formatted(name(), wrong.get()));
      }
      refused = true;
      session.note("hub: %s arrived with %s: fetched again".formatted(name(), wrong.get()));
    }
  }

  private Optional<String> wrong(BlobWriter writer, FileHead head) throws IOException {
    Optional<String> wrong = writer.verify(head);
    return wrong.isEmpty() && isGits(head) && !writer.gitBlob().equals(head.etag())
        ? Optional.of("another content than git's name for it says")
        : wrong;
  }

  /** An ETag alone may be anything; one that the listing has as git's name is that. */
  private boolean isGits(FileHead head) {
    return file.gitBlob().filter(head.etag()::equals).isPresent();
  }

  private FileHead again(FileHead first, Attempts attempts)
      throws TransientFailure, InterruptedException {
    FileHead head = session.headOnce(address(), file.path(), attempts);
    if (!head.etag().equals(first.etag())) {
      throw UserException.environment(
          name() + " changed while it was fetched: run again."); // no commit can, addresses may
    }
    return head;
  }

  private URI address() {
    return file.address().orElseGet(() -> session.address(commit, file.path()));
  }

  /** One attempt to get what is missing. */
  private void read(FileHead head, BlobWriter writer, Attempts attempts)
      throws IOException, InterruptedException {
    long have = writer.size();
    if (head.size() >= 0 && have >= head.size()) {
      return; // all of it, or too much: the check will tell
    }
    Map<String, String> range = have > 0 ? Map.of("Range", "bytes=" + have + "-") : Map.of();
    try (HubHttp.Answer answer = get(head, range, attempts)) {
      if (answer.status() == 416) {
        writer.restart();
        throw new TransientFailure("it refuses to go on in the middle", Optional.empty());
      }
      session.failures().require(answer);
      if (answer.status() == 200 && have > 0) {
        session.note("hub: %s cannot be gone on with: it begins anew".formatted(name()));
        writer.restart();
      } else if (answer.status() != 200 && !goesOn(answer, have)) {
        writer.restart();
        throw new TransientFailure("it gives something else than was asked for", Optional.empty());
      }
      writer.take(answer.body(), head.size(), attempts::progressed);
    }
  }

  private HubHttp.Answer get(FileHead head, Map<String, String> range, Attempts attempts)
      throws TransientFailure, InterruptedException {
    try {
      return session.http().get(head.location(), range, attempts.patience());
    } catch (IOException e) {
      throw TransientFailure.of(e);
    }
  }

  private static boolean goesOn(HubHttp.Answer answer, long from) {
    return answer.status() == 206
        && answer
            .header("Content-Range")
            .filter(range -> range.startsWith("bytes " + from + "-"))
            .isPresent();
  }

  private String name() {
    return RepoPath.shown(file.path());
  }
}
