package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Paths inside a repository: names with slashes between them, which a server may have forged. */
final class RepoPath {
  private static final int LONGEST = 1_024;

  private RepoPath() {}

  /** Whether a path stays below the folder that it is resolved in, on every system. */
  static boolean isSafe(String path) {
    return path.length() <= LONGEST
        && Arrays.stream(path.split("/", -1)).allMatch(RepoPath::isSafeName);
  }

  /** Windows drops dots and blanks at a name's end, so {@code ".. "} leads upwards there too. */
  private static boolean isSafeName(String name) {
    boolean plain =
        name.chars().noneMatch(c -> c < ' ' || c == 0x7f || c == '\\' || c == ':')
            && StandardCharsets.UTF_8.newEncoder().canEncode(name);
    return plain && !name.replaceAll("[. ]+$", "").isEmpty();
  }

  /**
   * The place of a path in a folder.
   *
   * @throws UserException if it would leave the folder, or this system has no such names
   */
  static Path resolve(Path folder, String path) {
    if (!isSafe(path)) {
      throw unsafe(path);
    }
    try {
      Path resolved = folder.resolve(path.replace("/", folder.getFileSystem().getSeparator()));
      if (!resolved.normalize().startsWith(folder.normalize())) {
        throw unsafe(path);
      }
      return resolved;
    } catch (InvalidPathException e) {
      throw UserException.environment(
          "the Hub's file \"%s\" has a name that this system does not allow: choose other files with hf://datasets/ORG/NAME/PATH."
              .formatted(shown(path)),
          e);
    }
  }

  private static UserException unsafe(String path) {
    return UserException.environment(
        "the Hub named a file \"%s\", which would be written outside its folder: nothing was; tell the dataset's owner."
            .formatted(shown(path)));
  }

  /** Foreign text, short and without control characters. */
  static String shown(String text) {
    String plain = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}]", "?");
    return plain.length() <= 120 ? plain : plain.substring(0, 120) + "…";
  }

  /** As a part of an URL, with the slashes kept. */
  static String encoded(String path) {
    return Arrays.stream(path.split("/", -1))
        .map(RepoPath::encodedName)
        .collect(Collectors.joining("/"));
  }

  /** As one name in an URL, with slashes encoded. */
  static String encodedName(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
