package io.ghostmoe.data.hub;

import java.net.URI;
import java.util.Optional;

/**
 * A file of a repository.
 *
 * @param path in the repository
 * @param size in bytes; −1 while unknown
 * @param sha256 of its content, where the listing names it
 * @param gitBlob git's name for its content, where git itself keeps it
 * @param address where it lies; empty for {@code resolve} at the commit
 */
record RepoFile(
    String path,
    long size,
    Optional<String> sha256,
    Optional<String> gitBlob,
    Optional<URI> address) {
  RepoFile(String path, long size) {
    this(path, size, Optional.empty(), Optional.empty(), Optional.empty());
  }
}
