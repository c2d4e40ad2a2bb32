package io.ghostmoe.data.hub;

import io.ghostmoe.data.hub.HttpHost.Exchange;
import io.ghostmoe.data.hub.HubRepository.Access;
import io.ghostmoe.data.hub.HubRepository.Content;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A Hub on loopback that behaves like the real one: commits, a listing in pages, small files by a
 * relative redirect, large ones by a signed redirect to a second host, tokens, gates and error
 * codes. Faults can be added to it, and every request is remembered.
 */
final class LocalHub implements AutoCloseable {
  static final String TOKEN = "hf_localSecretThatNobodyElseMaySee";

  final List<Exchange> requests = new CopyOnWriteArrayList<>();
  private final List<Fault> faults = new CopyOnWriteArrayList<>();
  private final Map<String, HubRepository> repositories = new ConcurrentHashMap<>();
  private final Map<String, String> renamed = new ConcurrentHashMap<>();
  private final HubListings listings;
  private final ContentHost storage;
  private final HttpHost hub;

  LocalHub() throws IOException {
    this(0);
  }

  LocalHub(int port) throws IOException {
    hub = new HttpHost("127.0.0.1", port, guarded(this::answer));
    storage = new ContentHost(this);
    listings = new HubListings(hub.address());
  }

  /** Remembers each request, and lets faults have it first. */
  HttpHost.Handler guarded(HttpHost.Handler handler) {
    return exchange -> {
      requests.add(exchange);
      for (Fault fault : faults) {
        if (fault.actInstead(exchange)) {
          return;
        }
      }
      handler.handle(exchange);
    };
  }

  URI address() {
    return hub.address();
  }

  /** What a client needs to know, with its cache below a folder. */
  HubEnvironment environment(Path home, String... more) {
    return HubEnvironment.of(variables(home, more), home);
  }

  Map<String, String> variables(Path home, String... more) {
    Map<String, String> variables = new HashMap<>();
    variables.put("HF_ENDPOINT", address().toString());
    variables.put("HF_HOME", home.resolve("hf").toString());
    for (int i = 0; i < more.length; i += 2) {
      variables.put(more[i], more[i + 1]);
    }
    return variables;
  }

  HubRepository add(String id) {
    return add(id, Access.PUBLIC);
  }

  HubRepository add(String id, Access access) {
    HubRepository repository = new HubRepository(id, access);
    repositories.put(id, repository);
    return repository;
  }

  HubRepository repository(String id) {
    return Objects.requireNonNull(repositories.get(id), id);
  }

  void rename(String from, String to) {
    renamed.put(from, to);
  }

  /** Entries in one page of a listing. */
  void pageSize(int entries) {
    listings.pageSize = entries;
  }

  void fault(Fault fault) {
    faults.add(fault);
  }

  void fault(Predicate<Exchange> when, int times, Fault.Instead instead) {
    faults.add(Fault.instead(when, times, instead));
  }

  void content(int times, Fault.Content content) {
    faults.add(Fault.content(_ -> true, times, content));
  }

  void clearFaults() {
    faults.clear();
  }

  /** Requests for content on the second host. */
  Predicate<Exchange> onStorage() {
    return exchange -> exchange.host.equals("localhost");
  }

  static Predicate<Exchange> containing(String text) {
    return exchange -> exchange.uri.toString().contains(text);
  }

  /** Requests of a kind that came so far. */
  List<Exchange> seen(Predicate<Exchange> kind) {
    return requests.stream().filter(kind).toList();
  }

  /** Sends content with a range, unless a fault does it in its way. */
  void sendContent(Exchange exchange, Map<String, String> headers, byte[] whole)
      throws IOException, InterruptedException {
    int from = 0;
    int status = 200;
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put("Accept-Ranges", "bytes");
    String range = exchange.header("Range").orElse("");
    if (range.startsWith("bytes=")) {
      String[] ends = range.substring(6).split("-", -1);
      from = Integer.parseInt(ends[0]);
      int to =
          ends[1].isEmpty() ? whole.length : Math.min(whole.length, 1 + Integer.parseInt(ends[1]));
      if (from >= whole.length) {
        exchange.send(416, Map.of("Content-Range", "bytes */" + whole.length), new byte[0]);
        return;
      }
      status = 206;
      all.put("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, whole.length));
      send(exchange, status, all, Arrays.copyOfRange(whole, from, to));
      return;
    }
    send(exchange, status, all, whole);
  }

  private void send(Exchange exchange, int status, Map<String, String> headers, byte[] content)
      throws IOException, InterruptedException {
    if (exchange.method.equals("GET")) {
      for (Fault fault : faults) {
        if (fault.sendContent(exchange, status, headers, content)) {
          return;
        }
      }
    }
    exchange.send(status, headers, content);
  }

  private void answer(Exchange exchange) throws IOException, InterruptedException {
    List<String> path =
        Arrays.stream(exchange.path().substring(1).split("/"))
            .map(name -> URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8))
            .collect(Collectors.toCollection(ArrayList::new));
    boolean api = path.getFirst().equals("api");
    if (api) {
      path.removeFirst();
    }
    boolean cached = api && path.getFirst().equals("resolve-cache");
    if (cached) {
      path.removeFirst();
    }
    if (path.size() < 2 || !path.removeFirst().equals("datasets")) {
      exchange.send(404, Map.of(), new byte[0]);
      return;
    }
    String id = id(path);
    if (renamed.containsKey(id)) {
      String to = exchange.uri.toString().replace("/" + id, "/" + renamed.get(id));
      exchange.send(307, Map.of("Location", to), new byte[0]);
      return;
    }
    Optional<HubRepository> repository = readable(exchange, id);
    if (repository.isEmpty()) {
      return;
    }
    if (cached) {
      sendSmall(exchange, repository.get(), path.removeFirst(), String.join("/", path));
    } else if (api) {
      listings.answer(exchange, repository.get(), path);
    } else {
      resolve(exchange, repository.get(), path);
    }
  }

  private String id(List<String> path) {
    String first = path.removeFirst();
    boolean whole = repositories.containsKey(first) || renamed.containsKey(first);
    return whole || path.isEmpty() ? first : first + "/" + path.removeFirst();
  }

  private Optional<HubRepository> readable(Exchange exchange, String id) throws IOException {
    Optional<HubRepository> found = Optional.ofNullable(repositories.get(id));
    Access access = found.map(r -> r.access).orElse(Access.PRIVATE);
    boolean known = exchange.header("Authorization").equals(Optional.of("Bearer " + TOKEN));
    if (found.isPresent() && (access == Access.PUBLIC || known)) {
      return found;
    }
    boolean content = exchange.path().contains("/resolve/");
    if (access == Access.GATED && !content) {
      return found; // everybody may see what there is
    }
    refuse(
        exchange,
        known
            ? 404
            : access == Access.GATED && exchange.header("Authorization").isPresent() ? 403 : 401,
        access == Access.GATED ? "GatedRepo" : "RepoNotFound");
    return Optional.empty();
  }

  static void refuse(Exchange exchange, int status, String code) throws IOException {
    exchange.send(
        status,
        Map.of("X-Error-Code", code, "Content-Type", "application/json"),
        "{\"error\":\"%s\"}".formatted(code).getBytes(StandardCharsets.UTF_8));
  }

  /** {@code resolve/REVISION/PATH}. */
  private void resolve(Exchange exchange, HubRepository repository, List<String> path)
      throws IOException {
    path.removeFirst();
    Optional<String> commit = repository.resolve(path.removeFirst());
    if (commit.isEmpty()) {
      refuse(exchange, 404, "RevisionNotFound");
      return;
    }
    Content content = repository.files(commit.get()).get(String.join("/", path));
    if (content == null) {
      refuse(exchange, 404, "EntryNotFound");
      return;
    }
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-Repo-Commit", commit.get());
    headers.put("X-Linked-Size", String.valueOf(content.bytes().length));
    headers.put("X-Linked-Etag", '"' + content.etag() + '"');
    headers.put("Accept-Ranges", "bytes");
    headers.put(
        "Location",
        content.large()
            ? storage.sign(content)
            : "/api/resolve-cache/datasets/%s/%s/%s"
                .formatted(repository.id, commit.get(), RepoPath.encoded(String.join("/", path))));
    exchange.send(
        content.large() ? 302 : 307,
        headers,
        "Found. Redirecting".getBytes(StandardCharsets.UTF_8));
  }

  private void sendSmall(Exchange exchange, HubRepository repository, String commit, String path)
      throws IOException, InterruptedException {
    Content content = Objects.requireNonNull(repository.files(commit).get(path), path);
    sendContent(
        exchange,
        Map.of("X-Repo-Commit", commit, "ETag", '"' + content.etag() + '"'),
        content.bytes());
  }

  @Override
  public void close() throws IOException {
    hub.close();
    storage.close();
  }
}
