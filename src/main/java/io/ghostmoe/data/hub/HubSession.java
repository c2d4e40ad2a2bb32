package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.net.URI;

/** One visit to the Hub for one dataset: what all of its requests share. */
final class HubSession implements AutoCloseable {
  private final HubEnvironment environment;
  private final HubDataset dataset;
  private final HubCache cache;
  private final HubHttp http;
  private final HubFailures failures;
  private final Supervisor supervisor;

  HubSession(HubEnvironment environment, HubDataset dataset, HubCache cache, HubListener listener) {
    this.environment = environment;
    this.dataset = dataset;
    this.cache = cache;
    StallWatch watch = new StallWatch();
    http = new HubHttp(environment, watch);
    failures = new HubFailures(environment, dataset);
    supervisor = new Supervisor(listener, watch);
  }

  HubCache cache() {
    return cache;
  }

  HubHttp http() {
    return http;
  }

  HubFailures failures() {
    return failures;
  }

  Supervisor supervisor() {
    return supervisor;
  }

  HubApi api() {
    return new HubApi(this, environment.endpoint(), dataset);
  }

  void note(String line) {
    supervisor.note(line);
  }

  void count(long bytes) {
    supervisor.count(bytes);
  }

  Attempts attempts(String what) {
    return new Attempts(what, environment.times(), supervisor::note);
  }

  /** Where a file of a commit is asked for. */
  URI address(String commit, String path) {
    return URI.create(
        "%s/datasets/%s/resolve/%s/%s"
            .formatted(
                environment.endpoint(),
                RepoPath.encoded(dataset.repository()),
                commit,
                RepoPath.encoded(path)));
  }

  /** What the Hub says about a file. */
  FileHead head(URI address, String path) throws UnreachableException, InterruptedException {
    Attempts attempts = attempts(RepoPath.shown(path));
    while (true) {
      try {
        return headOnce(address, path, attempts);
      } catch (TransientFailure e) {
        attempts.failed(e);
      }
    }
  }

  /** The same as one attempt among others. */
  FileHead headOnce(URI address, String path, Attempts attempts)
      throws TransientFailure, InterruptedException {
    try (HubHttp.Answer answer = http.head(address, attempts.patience())) {
      failures.require(answer);
      return FileHead.of(answer, path);
    } catch (IOException e) {
      throw TransientFailure.of(e);
    }
  }

  /** What is said where the disk does not do its part. */
  UserException disk(IOException e) {
    return UserException.environment(
        "%s cannot be written: %s: make room or set HF_HUB_CACHE to another folder; what is there is gone on with."
            .formatted(cache.root(), reason(e)),
        e);
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public void close() {
    http.close();
  }
}
