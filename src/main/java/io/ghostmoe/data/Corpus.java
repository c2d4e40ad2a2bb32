package io.ghostmoe.data;

import io.ghostmoe.base.Sha256;
import io.ghostmoe.data.cache.EntryKey;
import io.ghostmoe.data.cache.SourceHashes.Known;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files that a request is about, found on this disk, and what makes them these and no others.
 *
 * @param label what they are called on screen
 * @param train to train on, in their order
 * @param eval to evaluate on; none where a part of the others is to serve
 * @param evalLabel what those are called on screen; empty likewise
 * @param identity what tells the corpus from others besides its files' content
 * @param namer gives the entry its name
 * @param notes what the user should know about the choice of the files
 */
record Corpus(
    String label,
    List<Part> train,
    List<Part> eval,
    String evalLabel,
    SortedMap<String, String> identity,
    Namer namer,
    List<String> notes) {
  /** The input that names a commit of the Hub. */
  static final String COMMIT = "hub_commit";

  /**
   * One file.
   *
   * @param name under which it is part of the fingerprint; empty for the path itself, links
   *     resolved
   * @param file where it lies
   * @param sha256 that its content has to have, where that is known
   * @param verified whether it had it a moment ago
   */
  record Part(String name, Path file, Optional<String> sha256, boolean verified) {
    Part(Path file) {
      this("", file, Optional.empty(), false);
    }
  }

  /** Makes the key of an entry. */
  interface Namer {
    EntryKey key(String tokenizer, int maxSeqLength, SortedMap<String, String> inputs);
  }

  /** All files, those to train on first. */
  List<Part> parts() {
    List<Part> parts = new ArrayList<>(train);
    parts.addAll(eval);
    return parts;
  }

  /** Whether the files to evaluate on are files of their own. */
  boolean hasEval() {
    return !eval.isEmpty();
  }

  /** What an entry's content depends on as far as its sources go. */
  SortedMap<String, String> inputs(List<Known> known) {
    SortedMap<String, String> inputs = new TreeMap<>(identity);
    add(inputs, "dataset", train, known.subList(0, train.size()));
    if (hasEval()) {
      add(inputs, "eval_file", eval, known.subList(train.size(), known.size()));
    }
    return inputs;
  }

  /** One file stands as it is; of several, which may be thousands, one hash stands for all. */
  private static void add(
      SortedMap<String, String> inputs, String prefix, List<Part> parts, List<Known> known) {
    List<String> names = new ArrayList<>();
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < known.size(); i++) {
      String name = parts.get(i).name();
      names.add(name.isEmpty() ? known.get(i).path().toString() : name);
      all.append(names.get(i)).append('\n').append(known.get(i).sha256()).append('\n');
    }
    String first = names.getFirst();
    boolean one = known.size() == 1;
    inputs.put(prefix, one ? first : "%s and %d more".formatted(first, known.size() - 1));
    inputs.put(
        prefix + "_sha256",
        one
            ? known.getFirst().sha256()
            : Sha256.of(all.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
