package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/**
 * What the Hub says about a file before anything of it is read.
 *
 * @param etag that names its content, fit for a file's name
 * @param size in bytes; −1 where it is not said
 * @param commit that it belongs to; empty where it is not said
 * @param location where its content is read
 * @param uri the Hub's own address of it, after redirects
 */
record FileHead(String etag, long size, Optional<String> commit, URI location, URI uri) {

  static FileHead of(HubHttp.Answer answer, String path) {
    String etag =
        answer
            .header("X-Linked-Etag")
            .or(() -> answer.header("ETag"))
            .map(FileHead::bare)
            .orElse("");
    if (!HubCache.isEtag(etag)) {
      throw nonsense(answer, path, etag.isEmpty() ? "no ETag" : "an ETag that names no file");
    }
    Optional<String> commit = answer.header("X-Repo-Commit");
    if (commit.isPresent() && !HubDataset.isCommit(commit.get())) {
      throw nonsense(answer, path, "a commit that is none");
    }
    return new FileHead(etag, size(answer), commit, location(answer), answer.uri());
  }

  private static URI location(HubHttp.Answer answer) {
    return answer
        .header("Location")
        .map(location -> HubHttp.target(answer.uri(), location))
        .orElse(answer.uri());
  }

  private static long size(HubHttp.Answer answer) {
    boolean redirected = answer.status() >= 300;
    Optional<String> size =
        answer
            .header("X-Linked-Size")
            .or(() -> redirected ? Optional.empty() : answer.header("Content-Length"));
    return size.filter(text -> text.matches("\\d{1,18}")).map(Long::parseLong).orElse(-1L);
  }

  private static String bare(String etag) {
    return etag.strip().replaceFirst("^W/", "").replaceAll("^\"|\"$", "");
  }

  /** The hash of the content, where the ETag is one. */
  static Optional<String> sha256(String etag) {
    String hash = etag.toLowerCase(Locale.ROOT);
    return hash.matches("[0-9a-f]{64}") ? Optional.of(hash) : Optional.empty();
  }

  private static UserException nonsense(HubHttp.Answer answer, String path, String what) {
    return UserException.environment(
        "%s answers about %s with %s: nothing was written; check HF_ENDPOINT; is it a Hub?"
            .formatted(HubHttp.origin(answer.uri()), RepoPath.shown(path), what));
  }
}
