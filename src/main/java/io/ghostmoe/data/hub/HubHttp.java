package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * One exchange at a time with the Hub and the hosts that it sends us to. The token goes to the
 * Hub's own address and nowhere else.
 */
final class HubHttp implements AutoCloseable {
  private static final int MOST_REDIRECTS = 10;

  private final HubEnvironment environment;
  private final StallWatch watch;
  private final HttpClient client;

  HubHttp(HubEnvironment environment, StallWatch watch) {
    this.environment = environment;
    this.watch = watch;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // files come over connections of their own
            .followRedirects(HttpClient.Redirect.NEVER) // Java would take the token along
            .connectTimeout(environment.times().connect())
            .build();
  }

  /**
   * An answer; whoever takes it closes it.
   *
   * @param uri that gave it, after redirects
   */
  record Answer(int status, HttpHeaders headers, URI uri, InputStream body)
      implements AutoCloseable {
    Optional<String> header(String name) {
      return headers.firstValue(name);
    }

    @Override
    public void close() {
      try {
        body.close();
      } catch (IOException e) {
        // nothing more is wanted of it
      }
    }
  }

  /**
   * Asks for the headers of a file as the Hub itself gives them: a redirect to another host is the
   * answer, since what is known about the file stands in it.
   */
  Answer head(URI uri, Duration patience) throws IOException, InterruptedException {
    return send("HEAD", uri, Map.of(), patience);
  }

  /** Asks for content, wherever it lies. */
  Answer get(URI uri, Map<String, String> headers, Duration patience)
      throws IOException, InterruptedException {
    return send("GET", uri, headers, patience);
  }

  private Answer send(String method, URI first, Map<String, String> headers, Duration patience)
      throws IOException, InterruptedException {
    URI uri = first;
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
      HttpResponse<InputStream> response = once(method, uri, headers, patience);
      Optional<String> location = location(response);
      if (location.isEmpty() || (method.equals("HEAD") && isAnswer(response, location.get()))) {
        return new Answer(
            response.statusCode(), response.headers(), uri, watch.watch(response.body(), patience));
      }
      response.body().close();
      uri = target(uri, location.get());
    }
    throw UserException.environment(
        "%s sends every request on to another address: mend HF_ENDPOINT, or tell its owner."
            .formatted(origin(first)));
  }

  private HttpResponse<InputStream> once(
      String method, URI uri, Map<String, String> headers, Duration patience)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(patience)
            .header("Accept-Encoding", "identity") // sizes and ranges are those of the file
            .header("User-Agent", "ghostmoe");
    headers.forEach(request::header);
    if (isHub(uri)) {
      environment
          .token()
          .ifPresent(token -> request.header("Authorization", token.authorization()));
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (SSLException e) {
      throw UserException.environment(
          "%s shows a certificate that this Java does not trust: check HF_ENDPOINT, the clock, and a proxy in between."
              .formatted(origin(uri)),
          e);
    }
  }

  /** Whether an address is the Hub's own: scheme, host and port. */
  boolean isHub(URI uri) {
    return origin(uri).equals(origin(environment.endpoint()));
  }

  private static Optional<String> location(HttpResponse<?> response) {
    return switch (response.statusCode()) {
      case 301, 302, 303, 307, 308 -> response.headers().firstValue("Location");
      default -> Optional.empty();
    };
  }

  /**
   * Whether a redirect is where the Hub itself stops: what follows is another's, or the content.
   */
  private boolean isAnswer(HttpResponse<?> response, String location) {
    if (location.startsWith("/") && !location.startsWith("//")) {
      return false;
    }
    return response.headers().firstValue("X-Linked-Etag").isPresent()
        || !isHub(target(response.uri(), location));
  }

  /**
   * Where an address of the Hub's leads, whether it stands in a header or in an answer.
   *
   * @param from whose scheme the target's must not be weaker than
   * @throws UserException where it leads to no address of the web, or to one without encryption
   */
  static URI target(URI from, String location) {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw UserException.environment(
          origin(from) + " sends requests on to what is no address: tell its owner.", e);
    }
    boolean web = "https".equals(to.getScheme()) || "http".equals(to.getScheme());
    boolean weaker = "https".equals(from.getScheme()) && !"https".equals(to.getScheme());
    if (!web || weaker || to.getHost() == null) {
      throw UserException.environment(
          "%s sends requests on to an address that is not encrypted, or none of the web: tell its owner."
              .formatted(origin(from)));
    }
    return to;
  }

  /** Scheme, host and port: what of an address may be shown, signatures in the rest may not. */
  static String origin(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    int standard = scheme.equals("https") ? 443 : 80;
    int port = uri.getPort() < 0 ? standard : uri.getPort();
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    return scheme + "://" + host + (port == standard ? "" : ":" + port);
  }

  /** Breaks off whatever is still under way. */
  @Override
  public void close() {
    client.shutdownNow();
  }
}
