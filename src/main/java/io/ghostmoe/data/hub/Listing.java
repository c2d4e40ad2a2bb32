package io.ghostmoe.data.hub;

import io.ghostmoe.data.source.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a commit holds. It never changes, and is kept beside the snapshots: without it nobody could
 * tell offline whether a snapshot is whole.
 *
 * @param card the dataset's description of itself; missing where it has none
 * @param files that hold records
 */
record Listing(JsonNode card, List<RepoFile> files) {
  private static final JsonMapper JSON = new JsonMapper();

  /** What is known of a commit of which nothing but its files is here. */
  static Listing of(List<RepoFile> files) {
    return new Listing(MissingNode.getInstance(), files);
  }

  /** The same without files that hold no records. */
  Listing dataOnly() {
    return new Listing(card, files.stream().filter(file -> DataFiles.isData(file.path())).toList());
  }

  String toJson() {
    ObjectNode json = JSON.createObjectNode();
    json.put("kinds", Source.KINDS);
    json.set("configs", card.path("configs").isArray() ? card.path("configs") : JSON.nullNode());
    ArrayNode list = json.putArray("files");
    for (RepoFile file : files) {
      list.addObject().put("path", file.path()).put("size", file.size());
    }
    return JSON.writeValueAsString(json) + "\n";
  }

  /** Empty where the text is none of {@link #toJson}, or of a version that reads other kinds. */
  static Optional<Listing> ofJson(String text) {
    JsonNode json = tree(text);
    if (!json.path("files").isArray() || !json.path("kinds").asString("").equals(Source.KINDS)) {
      return Optional.empty();
    }
    List<RepoFile> files = new ArrayList<>();
    for (JsonNode file : json.path("files")) {
      files.add(new RepoFile(file.path("path").asString(""), file.path("size").asLong(-1)));
    }
    return Optional.of(new Listing(json, files));
  }

  /**
   * The listing that Python's client keeps, which knows of no card; empty where the text is none.
   *
   * <p>Source: huggingface_hub 2.0, {@code trees/COMMIT.json}.
   */
  static Optional<Listing> ofTree(String text) {
    JsonNode json = tree(text);
    if (json.path("format_version").asInt(0) != 1 || !json.path("files").isObject()) {
      return Optional.empty();
    }
    List<RepoFile> files = new ArrayList<>();
    json.path("files")
        .properties()
        .forEach(
            file ->
                files.add(new RepoFile(file.getKey(), file.getValue().path("size").asLong(-1))));
    return Optional.of(Listing.of(files).dataOnly());
  }

  private static JsonNode tree(String text) {
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      return MissingNode.getInstance();
    }
  }
}
