package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a user asks of the Hub.
 *
 * @param repository {@code org/name}, or {@code name} alone for the Hub's oldest
 * @param config one of the dataset's configurations; null for its default
 * @param revision a branch, tag or commit
 * @param path a file, folder or pattern inside the repository to train on; empty for the dataset's
 *     own splits
 */
public record HubDataset(String repository, @Nullable String config, String revision, String path) {
  /** The revision of whoever names none. */
  public static final String MAIN = "main";

  private static final String SCHEME = "hf://";
  private static final String FORMS = "hf://datasets/ORG/NAME[@REVISION][/PATH]";
  private static final Pattern REPOSITORY =
      Pattern.compile("(?:[A-Za-z0-9_][\\w.-]{0,95}/)?[A-Za-z0-9_][\\w.-]{0,95}");
  private static final Pattern LONG =
      Pattern.compile(
          "hf://datasets/([^/@]+/[^/@]+)(?:@(refs/(?:convert|pr)/[^/]+|[^/]+))?(?:/(.*))?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /**
   * Checks the names.
   *
   * @throws UserException where one is none of the Hub's
   */
  public HubDataset {
    if (!isRepository(repository)) {
      throw UserException.input(
          "--dataset %s is no name of a Hub dataset: write ORG/NAME, such as openai/gsm8k, or %s."
              .formatted(RepoPath.shown(repository), FORMS));
    }
    if (config != null && !RepoPath.isSafe(config)) {
      throw UserException.input(
          "--dataset-config %s is no name of a configuration: leave it out to be told those there are."
              .formatted(RepoPath.shown(config)));
    }
    if (!RepoPath.isSafe(revision)) {
      throw UserException.input(
          "--revision %s is no branch, tag or commit: leave it out for main."
              .formatted(RepoPath.shown(revision)));
    }
    if (!path.isEmpty() && !RepoPath.isSafe(path)) {
      throw UserException.input(
          "--dataset: \"%s\" is no path inside a repository: write %s."
              .formatted(RepoPath.shown(path), FORMS));
    }
  }

  /** {@return whether a name can be a repository's} */
  static boolean isRepository(String name) {
    return REPOSITORY.matcher(name).matches()
        && !name.contains("..")
        && !name.contains("--")
        && !name.matches(".*[.-](/.*)?");
  }

  /**
   * {@return whether a dataset's name says by its form that it is the Hub's}
   *
   * @param name as typed
   */
  public static boolean isAddress(String name) {
    return name.startsWith(SCHEME);
  }

  /**
   * {@return whether a dataset's name can be the Hub's, where there is no file of that name}
   *
   * @param name as typed
   */
  public static boolean isPossible(String name) {
    return isAddress(name) || (isRepository(name) && !DataFiles.isData(name));
  }

  /**
   * {@return what was asked for}
   *
   * @param name {@code org/name} or {@code hf://datasets/org/name@revision/path}
   * @param config as typed; null for the dataset's default
   * @param revision as typed; null for the one in the name, else {@code main}
   * @throws UserException where a name is none of the Hub's, or two revisions contradict each other
   */
  public static HubDataset of(String name, @Nullable String config, @Nullable String revision) {
    if (!isAddress(name)) {
      return new HubDataset(name, config, revision == null ? MAIN : revision, "");
    }
    Matcher parts = LONG.matcher(name);
    if (!parts.matches()) {
      throw UserException.input(
          "--dataset %s is no address of a Hub dataset: write %s."
              .formatted(RepoPath.shown(name), FORMS));
    }
    String inName = parts.group(2) == null ? null : decoded(parts.group(2));
    boolean pinned = revision != null && isCommit(revision); // what a branch was when a run began
    if (inName != null && revision != null && !inName.equals(revision) && !pinned) {
      throw UserException.input(
          "--revision %s contradicts --dataset %s: leave one of the two out."
              .formatted(RepoPath.shown(revision), RepoPath.shown(name)));
    }
    String asked = revision != null ? revision : inName != null ? inName : MAIN;
    String path = parts.group(3) == null ? "" : parts.group(3).replaceAll("/+$", "");
    return new HubDataset(parts.group(1), config, asked, path);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text; // refused as a revision, or there is one of that name
    }
  }

  /** {@return the same at another revision} */
  HubDataset at(String other) {
    return new HubDataset(repository, config, other, path);
  }

  /** Whether the revision is a commit, which never changes. */
  boolean isPinned() {
    return isCommit(revision);
  }

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }
}
