package io.ghostmoe.data.hub;

import io.ghostmoe.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A dataset on the {@link LocalHub}: commits, each a map of files, and the names of some. */
final class HubRepository {
  /** Who may read it. */
  enum Access {
    PUBLIC,
    PRIVATE,
    GATED
  }

  /**
   * A file.
   *
   * @param large whether it is kept apart by its SHA-256, as large and binary files are
   */
  record Content(byte[] bytes, boolean large) {
    String etag() {
      return large ? Sha256.of(bytes) : blobId();
    }

    /** As git names it. */
    String blobId() {
      byte[] kept = large ? pointer() : bytes;
      return sha1(("blob " + kept.length + "\0").getBytes(StandardCharsets.UTF_8), kept);
    }

    private byte[] pointer() {
      return "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"
          .formatted(Sha256.of(bytes), bytes.length)
          .getBytes(StandardCharsets.UTF_8);
    }
  }

  final String id;
  final Access access;
  private final Map<String, SortedMap<String, Content>> commits = new LinkedHashMap<>();
  private final Map<String, String> refs = new LinkedHashMap<>();
  private final Map<String, String> cards = new LinkedHashMap<>();
  private SortedMap<String, Content> staged = new TreeMap<>();

  HubRepository(String id, Access access) {
    this.id = id;
    this.access = access;
  }

  /** Stages a file that git itself keeps. */
  HubRepository small(String path, String text) {
    staged.put(path, new Content(text.getBytes(StandardCharsets.UTF_8), false));
    return this;
  }

  /** Stages a file that is kept on the other host. */
  HubRepository large(String path, byte[] bytes) {
    staged.put(path, new Content(bytes, true));
    return this;
  }

  HubRepository large(String path, String text) {
    return large(path, text.getBytes(StandardCharsets.UTF_8));
  }

  HubRepository remove(String path) {
    staged.remove(path);
    return this;
  }

  /** Commits what is staged to a branch, and goes on from there. */
  String commit(String branch) {
    return commit(branch, "{}");
  }

  /**
   * The same with a card.
   *
   * @param card its metadata, as JSON
   */
  String commit(String branch, String card) {
    StringBuilder all = new StringBuilder(branch + card);
    staged.forEach((path, content) -> all.append(path).append(content.etag()));
    String commit = sha1(all.toString().getBytes(StandardCharsets.UTF_8));
    commits.put(commit, staged);
    cards.put(commit, card);
    refs.put(branch, commit);
    staged = new TreeMap<>(staged);
    return commit;
  }

  /** The next commit begins with nothing. */
  HubRepository empty() {
    staged = new TreeMap<>();
    return this;
  }

  Optional<String> resolve(String revision) {
    return commits.containsKey(revision)
        ? Optional.of(revision)
        : Optional.ofNullable(refs.get(revision.equals("HEAD") ? "main" : revision));
  }

  Map<String, String> refs() {
    return refs;
  }

  SortedMap<String, Content> files(String commit) {
    return Objects.requireNonNull(commits.get(commit), commit);
  }

  String card(String commit) {
    return Objects.requireNonNull(cards.get(commit), commit);
  }

  private static String sha1(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
