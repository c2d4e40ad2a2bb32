package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the Hub is, who asks, and where downloads are kept: the environment variables that every
 * client of the Hub reads.
 */
public final class HubEnvironment {
  private static final String PUBLIC = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

  private final URI endpoint;
  private final Optional<HubToken> token;
  private final Path cache;
  private final boolean offline;
  private final HubTimes times;

  private HubEnvironment(
      URI endpoint, Optional<HubToken> token, Path cache, boolean offline, HubTimes times) {
    this.endpoint = endpoint;
    this.token = token;
    this.cache = cache;
    this.offline = offline;
    this.times = times;
  }

  /**
   * {@return what the process's environment says}
   *
   * @throws UserException where {@code HF_ENDPOINT} is no address or the token is none
   */
  public static HubEnvironment system() {
    return of(System.getenv(), Path.of(System.getProperty("user.home", ".")));
  }

  /**
   * {@return what an environment says} Read are {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code
   * HF_TOKEN_PATH}, {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_HUB_OFFLINE} and {@code
   * XDG_CACHE_HOME}.
   *
   * @param variables by name
   * @param userHome the folder that {@code ~} stands for
   * @throws UserException where {@code HF_ENDPOINT} is no address or the token is none
   */
  public static HubEnvironment of(Map<String, String> variables, Path userHome) {
    Path shared = folder(variables, "XDG_CACHE_HOME", userHome, userHome.resolve(".cache"));
    Path home = folder(variables, "HF_HOME", userHome, shared.resolve("huggingface"));
    Path cache = folder(variables, "HF_HUB_CACHE", userHome, home.resolve("hub"));
    boolean offline =
        TRUE.contains(variables.getOrDefault("HF_HUB_OFFLINE", "").toUpperCase(Locale.ROOT));
    return new HubEnvironment(
        endpoint(variables),
        offline ? Optional.empty() : token(variables, userHome, home),
        cache,
        offline,
        HubTimes.DEFAULT);
  }

  /** The same with other times to wait. */
  HubEnvironment with(HubTimes other) {
    return new HubEnvironment(endpoint, token, cache, offline, other);
  }

  private static URI endpoint(Map<String, String> variables) {
    String text = variables.getOrDefault("HF_ENDPOINT", "").strip().replaceAll("/+$", "");
    try {
      URI uri = new URI(text.isEmpty() ? PUBLIC : text);
      boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getUserInfo() == null && uri.getQuery() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // refused below, without what may be a password in it
    }
    throw UserException.input(
        "HF_ENDPOINT is no address such as " + PUBLIC + ": mend it, or unset it for that one.");
  }

  private static Optional<HubToken> token(Map<String, String> variables, Path userHome, Path home) {
    String given = variables.getOrDefault("HF_TOKEN", "");
    if (!given.isBlank()) {
      return Optional.of(HubToken.of(given, "HF_TOKEN"));
    }
    Path file = folder(variables, "HF_TOKEN_PATH", userHome, home.resolve("token"));
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      String text = Files.readString(file);
      return text.isBlank() ? Optional.empty() : Optional.of(HubToken.of(text, file.toString()));
    } catch (IOException e) {
      throw UserException.environment(
          "the token in %s cannot be read: mend its permissions, or set HF_TOKEN.".formatted(file),
          e);
    }
  }

  private static Path folder(
      Map<String, String> variables, String name, Path userHome, Path otherwise) {
    @Nullable String value = variables.get(name);
    if (value == null || value.isBlank()) {
      return otherwise;
    }
    if (value.equals("~") || value.startsWith("~/")) {
      return userHome.resolve(value.substring(Math.min(2, value.length())));
    }
    return Path.of(value);
  }

  /** Where the Hub is, without a slash at the end. */
  URI endpoint() {
    return endpoint;
  }

  /** What to show it, if anything. */
  Optional<HubToken> token() {
    return token;
  }

  /** {@return the folder of downloads, which need not exist} */
  public Path cache() {
    return cache;
  }

  /** {@return whether the network is not to be used} */
  public boolean offline() {
    return offline;
  }

  HubTimes times() {
    return times;
  }
}
