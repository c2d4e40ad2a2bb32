package io.ghostmoe.data.hub;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Parquet files that the Hub makes of datasets in other formats, on a branch of their own. */
final class Converted {
  /** The branch of those files. */
  static final String REVISION = "refs/convert/parquet";

  private static final Pattern RESOLVED = Pattern.compile(".*/resolve/[^/]+/(.+)");

  private final HubSession session;
  private final HubDataset dataset;
  private final String commit;
  private final Selector selector;

  /**
   * @param commit of the dataset itself, for a Hub that names none for its Parquet files
   */
  Converted(HubSession session, HubDataset dataset, String commit) {
    this.session = session;
    this.dataset = dataset;
    this.commit = commit;
    selector = new Selector(dataset);
  }

  /**
   * What was chosen, and where it lies.
   *
   * @param commit of the branch
   */
  record Found(String commit, Selection selection) {}

  /**
   * Looks for a training split and one to evaluate on.
   *
   * @param known configurations that the repository's own files make up, to be told with others
   * @throws io.ghostmoe.base.UserException where there is no such configuration, or several
   */
  Found find(List<String> known) throws UnreachableException, InterruptedException {
    HubApi api = session.api();
    String config = config(api);
    List<RepoFile> train = new ArrayList<>();
    List<RepoFile> eval = new ArrayList<>();
    String branch = add(api.converted(config, SplitNames.TRAIN), config, SplitNames.TRAIN, train);
    if (train.isEmpty()) {
      List<String> names = new ArrayList<>(known);
      api.convertedConfigs().stream().filter(name -> !names.contains(name)).forEach(names::add);
      throw selector.missing(names);
    }
    String evalSplit = "";
    for (String split : SplitNames.EVALUATION) {
      if (eval.isEmpty()) {
        add(api.converted(config, split), config, split, eval);
        evalSplit = eval.isEmpty() ? "" : split;
      }
    }
    return new Found(branch, new Selection(config, train, eval, evalSplit));
  }

  private String config(HubApi api) throws UnreachableException, InterruptedException {
    String asked = dataset.config();
    if (asked != null) {
      return asked;
    }
    List<String> names = api.convertedConfigs();
    if (names.size() > 1 && !names.contains(DatasetConfig.DEFAULT)) {
      throw selector.choose(names);
    }
    if (names.isEmpty()) {
      throw selector.unreadable();
    }
    return names.size() == 1 ? names.getFirst() : DatasetConfig.DEFAULT;
  }

  /** Asks for sizes and places; the commit is that of the last file. */
  private String add(List<URI> addresses, String config, String split, List<RepoFile> files)
      throws UnreachableException, InterruptedException {
    String branch = commit;
    for (int i = 0; i < addresses.size(); i++) {
      String path = "%s/%s/%04d.parquet".formatted(config, split, i);
      FileHead head = session.head(addresses.get(i), path);
      branch = head.commit().orElse(commit);
      files.add(
          new RepoFile(
              inRepository(head.uri()).orElse(path),
              head.size(),
              Optional.empty(),
              Optional.empty(),
              Optional.of(addresses.get(i))));
    }
    return branch;
  }

  private static Optional<String> inRepository(URI uri) {
    Matcher resolved = RESOLVED.matcher(String.valueOf(uri.getRawPath()));
    return resolved.matches()
        ? Optional.of(
            URLDecoder.decode(resolved.group(1).replace("+", "%2B"), StandardCharsets.UTF_8))
        : Optional.empty();
  }
}
