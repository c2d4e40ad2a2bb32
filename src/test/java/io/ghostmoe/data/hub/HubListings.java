package io.ghostmoe.data.hub;

import io.ghostmoe.data.hub.HttpHost.Exchange;
import io.ghostmoe.data.hub.HubRepository.Content;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the {@link LocalHub} answers below {@code /api/datasets/REPOSITORY}. */
final class HubListings {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String CONVERTED = "refs/convert/parquet";

  int pageSize = 1000;
  private final URI hub;

  HubListings(URI hub) {
    this.hub = hub;
  }

  void answer(Exchange exchange, HubRepository repository, List<String> path) throws IOException {
    String what = path.isEmpty() ? "revision" : path.removeFirst();
    switch (what) {
      case "revision" -> info(exchange, repository, path.isEmpty() ? "main" : path.getFirst());
      case "tree" -> tree(exchange, repository, path);
      case "paths-info" -> pathsInfo(exchange, repository, path.getFirst());
      case "parquet" -> parquet(exchange, repository, path);
      case "refs" -> refs(exchange, repository);
      default -> LocalHub.refuse(exchange, 404, "EntryNotFound");
    }
  }

  private static void send(Exchange exchange, JsonNode json, String... header) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/json; charset=utf-8");
    for (int i = 0; i < header.length; i += 2) {
      headers.put(header[i], header[i + 1]);
    }
    exchange.send(200, headers, JSON.writeValueAsBytes(json));
  }

  private void info(Exchange exchange, HubRepository repository, String revision)
      throws IOException {
    Optional<String> commit = repository.resolve(revision);
    if (commit.isEmpty()) {
      LocalHub.refuse(exchange, 404, "RevisionNotFound");
      return;
    }
    ObjectNode json = JSON.createObjectNode();
    json.put("_id", "621ffdd236468d709f181d58").put("id", repository.id).put("sha", commit.get());
    json.put("private", repository.access == HubRepository.Access.PRIVATE);
    json.put("gated", repository.access == HubRepository.Access.GATED);
    json.put("disabled", false).put("downloads", 1).put("likes", 1);
    json.put("lastModified", "2024-01-04T12:05:15.000Z");
    json.put("createdAt", "2022-04-12T10:22:10.000Z");
    json.putArray("tags");
    json.set("cardData", JSON.readTree(repository.card(commit.get())));
    ArrayNode siblings = json.putArray("siblings");
    repository.files(commit.get()).keySet().forEach(f -> siblings.addObject().put("rfilename", f));
    send(exchange, json, "X-Repo-Commit", commit.get());
  }

  private void tree(Exchange exchange, HubRepository repository, List<String> path)
      throws IOException {
    Optional<String> commit = repository.resolve(path.removeFirst());
    if (commit.isEmpty()) {
      LocalHub.refuse(exchange, 404, "RevisionNotFound");
      return;
    }
    String folder = path.isEmpty() ? "" : String.join("/", path) + "/";
    Map<String, String> query = query(exchange.uri);
    boolean recursive = List.of("true", "True", "1").contains(query.getOrDefault("recursive", ""));
    List<ObjectNode> entries = entries(repository.files(commit.get()), folder, recursive);
    int from = Integer.parseInt(query.getOrDefault("cursor", "0"));
    int to = Math.min(entries.size(), from + pageSize);
    ArrayNode page = JSON.createArrayNode();
    entries.subList(from, to).forEach(page::add);
    if (to == entries.size()) {
      send(exchange, page);
    } else {
      String next =
          "<%s%s?recursive=%s&limit=%d&cursor=%d>; rel=\"next\""
              .formatted(hub, exchange.path(), recursive, pageSize, to);
      send(exchange, page, "Link", next);
    }
  }

  private static List<ObjectNode> entries(
      Map<String, Content> files, String folder, boolean recursive) {
    List<ObjectNode> entries = new ArrayList<>();
    Set<String> folders = new HashSet<>();
    files.forEach(
        (path, content) -> {
          if (!path.startsWith(folder)) {
            return;
          }
          String rest = path.substring(folder.length());
          for (int at = rest.indexOf('/'); at >= 0; at = rest.indexOf('/', at + 1)) {
            if (folders.add(rest.substring(0, at)) && (recursive || rest.indexOf('/') == at)) {
              entries.add(
                  JSON.createObjectNode()
                      .put("type", "directory")
                      .put("oid", "0".repeat(40))
                      .put("size", 0)
                      .put("path", folder + rest.substring(0, at)));
            }
          }
          if (recursive || rest.indexOf('/') < 0) {
            entries.add(file(path, content));
          }
        });
    return entries;
  }

  private static ObjectNode file(String path, Content content) {
    ObjectNode entry = JSON.createObjectNode().put("type", "file").put("oid", content.blobId());
    entry.put("size", content.bytes().length);
    if (content.large()) {
      entry
          .putObject("lfs")
          .put("oid", content.etag())
          .put("size", content.bytes().length)
          .put("pointerSize", 132);
    }
    return entry.put("path", path);
  }

  private void pathsInfo(Exchange exchange, HubRepository repository, String revision)
      throws IOException {
    List<String> asked = new ArrayList<>();
    String body = new String(exchange.body, StandardCharsets.UTF_8);
    if (body.startsWith("{")) {
      JSON.readTree(body).path("paths").forEach(path -> asked.add(path.asString()));
    } else {
      for (String pair : body.split("&", -1)) {
        if (pair.startsWith("paths=")) {
          asked.add(URLDecoder.decode(pair.substring(6), StandardCharsets.UTF_8));
        }
      }
    }
    Map<String, Content> files = repository.files(repository.resolve(revision).orElseThrow());
    ArrayNode found = JSON.createArrayNode();
    files.forEach(
        (path, content) -> {
          if (asked.contains(path)) {
            found.add(file(path, content));
          }
        });
    send(exchange, found);
  }

  private void refs(Exchange exchange, HubRepository repository) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    ArrayNode branches = json.putArray("branches");
    ArrayNode converts = json.putArray("converts");
    json.putArray("tags");
    repository
        .refs()
        .forEach(
            (name, commit) -> {
              boolean convert = name.startsWith("refs/convert/");
              (convert ? converts : branches)
                  .addObject()
                  .put("name", name.replaceFirst("refs/convert/", ""))
                  .put("ref", convert ? name : "refs/heads/" + name)
                  .put("targetCommit", commit);
            });
    send(exchange, json);
  }

  /** {@code parquet[/CONFIG[/SPLIT[/N.parquet]]]}. */
  private void parquet(Exchange exchange, HubRepository repository, List<String> path)
      throws IOException {
    Map<String, Map<String, List<String>>> all = converted(repository);
    if (path.size() == 3) {
      int index = Integer.parseInt(path.get(2).replace(".parquet", ""));
      String file = "%s/%s/%04d.parquet".formatted(path.get(0), path.get(1), index);
      exchange.send(
          302,
          Map.of(
              "Location",
              "%s/datasets/%s/resolve/%s/%s"
                  .formatted(hub, repository.id, RepoPath.encodedName(CONVERTED), file)),
          new byte[0]);
      return;
    }
    JsonNode json = JSON.valueToTree(all);
    for (String name : path) {
      json = json.path(name);
    }
    if (json.isMissingNode() || all.isEmpty()) {
      LocalHub.refuse(exchange, 404, "EntryNotFound");
    } else {
      send(exchange, json);
    }
  }

  private Map<String, Map<String, List<String>>> converted(HubRepository repository) {
    Map<String, Map<String, List<String>>> all = new TreeMap<>();
    repository
        .resolve(CONVERTED)
        .ifPresent(
            commit -> {
              for (String path : repository.files(commit).keySet()) {
                String[] parts = path.split("/", -1);
                List<String> urls =
                    all.computeIfAbsent(parts[0], _ -> new TreeMap<>())
                        .computeIfAbsent(parts[1], _ -> new ArrayList<>());
                urls.add(
                    "%s/api/datasets/%s/parquet/%s/%s/%d.parquet"
                        .formatted(hub, repository.id, parts[0], parts[1], urls.size()));
              }
            });
    return all;
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new LinkedHashMap<>();
    String raw = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        query.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return query;
  }
}
