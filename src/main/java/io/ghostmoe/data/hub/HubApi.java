package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The questions that the Hub answers in JSON. Every call blocks and can be interrupted. */
final class HubApi {
  private static final int LONGEST_ANSWER = 1 << 26;
  private static final int MOST_FILES = 1_000_000;
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*rel=\"?next\"?");
  private static final JsonMapper JSON = new JsonMapper();

  private final HubSession session;
  private final URI endpoint;
  private final String repository;
  private final String revision;

  HubApi(HubSession session, URI endpoint, HubDataset dataset) {
    this.session = session;
    this.endpoint = endpoint;
    repository = dataset.repository();
    revision = dataset.revision();
  }

  /**
   * A revision as it is now.
   *
   * @param commit that it stands for
   * @param card the dataset's description of itself, where it has one
   */
  record Revision(String commit, JsonNode card) {}

  /** What the revision stands for. */
  Revision revision() throws UnreachableException, InterruptedException {
    Page page = ask(api("/revision/" + RepoPath.encodedName(revision)));
    String commit = page.json.path("sha").asString("");
    if (!HubDataset.isCommit(commit)) {
      throw nonsense("no commit");
    }
    return new Revision(commit, page.json.path("cardData"));
  }

  /** All files at a commit, in the order in which they are listed. */
  List<RepoFile> files(String commit) throws UnreachableException, InterruptedException {
    List<RepoFile> files = new ArrayList<>();
    Set<URI> asked = new HashSet<>();
    Optional<URI> next = Optional.of(api("/tree/" + commit + "?recursive=true"));
    while (next.isPresent()) {
      if (!asked.add(next.get()) || files.size() > MOST_FILES) {
        throw nonsense("a list of files without an end");
      }
      Page page = ask(next.get());
      if (!page.json.isArray()) {
        throw nonsense("no list of files");
      }
      for (JsonNode entry : page.json) {
        if (entry.path("type").asString("").equals("file")) {
          files.add(file(entry));
        }
      }
      next = page.next;
    }
    return files;
  }

  private static RepoFile file(JsonNode entry) {
    return new RepoFile(
        entry.path("path").asString(""),
        entry.path("size").asLong(-1),
        FileHead.sha256(entry.path("lfs").path("oid").asString("")),
        entry.path("lfs").isObject()
            ? Optional.empty() // git's name is that of a pointer to the content
            : GitBlob.id(entry.path("oid").asString("")),
        Optional.empty());
  }

  /** The addresses of a split as the Hub has converted it to Parquet; none where it has not. */
  List<URI> converted(String config, String split)
      throws UnreachableException, InterruptedException {
    String place = RepoPath.encodedName(config) + "/" + RepoPath.encodedName(split);
    return find(api("/parquet/" + place)).map(this::addresses).orElse(List.of());
  }

  /** The configurations that the Hub has converted, in its order. */
  List<String> convertedConfigs() throws UnreachableException, InterruptedException {
    List<String> names = new ArrayList<>();
    find(api("/parquet"))
        .filter(JsonNode::isObject)
        .ifPresent(index -> index.properties().forEach(config -> names.add(config.getKey())));
    return names;
  }

  private List<URI> addresses(JsonNode list) {
    List<URI> addresses = new ArrayList<>();
    for (JsonNode entry : list) {
      if (!entry.isString()) {
        throw nonsense("a file without an address");
      }
      addresses.add(HubHttp.target(endpoint, entry.asString()));
    }
    return addresses;
  }

  private URI api(String rest) {
    return URI.create(endpoint + "/api/datasets/" + RepoPath.encoded(repository) + rest);
  }

  private record Page(JsonNode json, Optional<URI> next) {}

  private Page ask(URI uri) throws UnreachableException, InterruptedException {
    return ask(uri, false).orElseThrow();
  }

  private Optional<JsonNode> find(URI uri) throws UnreachableException, InterruptedException {
    return ask(uri, true).map(page -> page.json);
  }

  private Optional<Page> ask(URI uri, boolean mayLack)
      throws UnreachableException, InterruptedException {
    Attempts attempts = session.attempts(HubHttp.origin(uri));
    while (true) {
      try (HubHttp.Answer answer = session.http().get(uri, Map.of(), attempts.patience())) {
        if (mayLack && (answer.status() == 404 || answer.status() == 501)) {
          return Optional.empty();
        }
        session.failures().require(answer);
        byte[] content = content(answer.body());
        return Optional.of(new Page(JSON.readTree(content), next(answer)));
      } catch (JacksonException e) {
        throw nonsense("something else than JSON");
      } catch (IOException e) {
        attempts.failed(TransientFailure.of(e));
      }
    }
  }

  private byte[] content(InputStream body) throws IOException {
    byte[] content = body.readNBytes(LONGEST_ANSWER + 1);
    if (content.length > LONGEST_ANSWER) {
      throw nonsense("over %d MiB at once".formatted(LONGEST_ANSWER >> 20));
    }
    return content;
  }

  /** The next page, at the endpoint whatever host a mirror copied into its link. */
  private Optional<URI> next(HubHttp.Answer answer) {
    for (String link : answer.headers().allValues("Link")) {
      Matcher found = NEXT.matcher(link);
      if (found.find()) {
        try {
          URI uri = endpoint.resolve(found.group(1));
          String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
          return Optional.of(endpoint.resolve(String.valueOf(uri.getRawPath()) + query));
        } catch (IllegalArgumentException e) {
          throw nonsense("a page without an address");
        }
      }
    }
    return Optional.empty();
  }

  private UserException nonsense(String what) {
    return UserException.environment(
        "%s answers about %s with %s: check HF_ENDPOINT; is it a Hub?"
            .formatted(endpoint, repository, what));
  }
}
