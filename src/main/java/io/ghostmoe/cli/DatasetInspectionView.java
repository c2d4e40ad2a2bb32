package io.ghostmoe.cli;

import io.ghostmoe.data.DatasetInspection;
import io.ghostmoe.data.DatasetInspection.Sample;
import io.ghostmoe.data.LengthHistogram;
import io.ghostmoe.data.LengthHistogram.Bucket;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.Manifest;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a prepared dataset holds, as lines for people and as values for programs. */
final class DatasetInspectionView {
  private static final int BAR = 32;

  private DatasetInspectionView() {}

  /** What is known of it, the documents left out. */
  static List<String> lines(DatasetInspection found, ZoneId zone) {
    CatalogEntry entry = found.entry();
    List<String> lines = new ArrayList<>();
    add(lines, "name", entry.name());
    add(lines, "fingerprint", entry.fingerprint());
    add(lines, "folder", entry.folder().toString());
    add(lines, "status", status(entry));
    Manifest manifest = entry.manifest();
    if (manifest != null) {
      add(lines, "tokenizer", found.tokenizer());
      add(lines, "source", manifest.inputs().getOrDefault("dataset", "unknown"));
      add(lines, "samples", entry.trainSamples() + "+" + entry.evalSamples());
      add(
          lines,
          "tokens",
          Formats.count(manifest.train().tokens()) + "+" + Formats.count(manifest.eval().tokens()));
    }
    add(lines, "size", Formats.bytes(entry.bytes()));
    if (manifest != null) {
      add(lines, "created", Formats.time(manifest.created(), zone));
      // the split, the fields that were dropped, the records that were left out
      manifest.notes().forEach(note -> add(lines, "note", note));
    }
    if (!found.note().isEmpty()) {
      add(lines, "documents", found.note());
    }
    return lines;
  }

  private static String status(CatalogEntry entry) {
    String status = entry.status().name().toLowerCase(Locale.ROOT);
    return entry.detail().isEmpty() ? status : status + ": " + entry.detail();
  }

  private static void add(List<String> lines, String what, String value) {
    lines.add("%-11s  %s".formatted(what, Formats.oneLine(value)));
  }

  /** What stands above a document. */
  static String heading(String split, Sample sample, int all) {
    String heading =
        "%s %s of %s, %s"
            .formatted(
                split,
                Formats.count(sample.index() + 1L),
                Formats.count(all),
                Formats.count(sample.tokens(), "token"));
    return sample.answerAt() < 0
        ? heading
        : "%s, %s of them the answer's".formatted(heading, Formats.count(sample.scored()));
  }

  /** How long the documents of a split are: a bar for each length that there is. */
  static List<String> lengths(String split, LengthHistogram lengths) {
    List<String> lines = new ArrayList<>();
    long most = 1;
    for (Bucket bucket : lengths.buckets()) {
      most = Math.max(most, bucket.documents());
    }
    int from = 0;
    for (Bucket bucket : lengths.buckets()) {
      int upTo = Math.min(bucket.upTo(), lengths.longest());
      if (bucket.documents() > 0) {
        int width = (int) Math.max(1, BAR * (long) bucket.documents() / most);
        String range = "%,d to %,d tokens".formatted(from, upTo);
        lines.add(
            "%-11s  %24s  %10s  %s"
                .formatted(
                    lines.isEmpty() ? split : "",
                    range,
                    Formats.count(bucket.documents()),
                    "#".repeat(width)));
      }
      from = bucket.upTo() + 1;
    }
    return lines;
  }

  /** All of it, for {@code --json}. */
  static Map<String, @Nullable Object> json(DatasetInspection found) {
    CatalogEntry entry = found.entry();
    Manifest manifest = entry.manifest();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("name", entry.name());
    json.put("fingerprint", entry.fingerprint());
    json.put("folder", entry.folder().toString());
    json.put("status", entry.status().name().toLowerCase(Locale.ROOT));
    json.put("detail", entry.detail());
    json.put("bytes", entry.bytes());
    json.put("tokenizer", manifest == null ? null : found.tokenizer());
    json.put("train_samples", entry.trainSamples());
    json.put("eval_samples", entry.evalSamples());
    json.put("train_tokens", manifest == null ? 0 : manifest.train().tokens());
    json.put("eval_tokens", manifest == null ? 0 : manifest.eval().tokens());
    json.put("created", manifest == null ? null : manifest.created().toString());
    json.put("inputs", manifest == null ? Map.of() : manifest.inputs());
    json.put("dropped_fields", manifest == null ? Map.of() : manifest.droppedFields());
    json.put("bad_records", manifest == null ? 0 : manifest.badRecords());
    json.put("notes", manifest == null ? List.of() : manifest.notes());
    json.put("train_lengths", lengths(found.trainLengths()));
    json.put("eval_lengths", lengths(found.evalLengths()));
    json.put("note", found.note());
    json.put("train", found.train().stream().map(DatasetInspectionView::sample).toList());
    json.put("eval", found.eval().stream().map(DatasetInspectionView::sample).toList());
    return json;
  }

  private static Map<String, Object> sample(Sample sample) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("index", sample.index());
    json.put("tokens", sample.tokens());
    json.put("text", sample.text());
    json.put("answer_at", sample.answerAt());
    json.put("scored_tokens", sample.scored());
    json.put("cut", sample.cut());
    return json;
  }

  private static List<Map<String, Integer>> lengths(LengthHistogram lengths) {
    return lengths.buckets().stream()
        .map(bucket -> Map.of("up_to", bucket.upTo(), "documents", bucket.documents()))
        .toList();
  }
}
