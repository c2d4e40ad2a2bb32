package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A local Hub, a client with little patience, and what its listener heard. */
final class HubFixture implements AutoCloseable, HubListener {
  static final HubTimes QUICK =
      new HubTimes(
          Duration.ofSeconds(2),
          Duration.ofMillis(1500),
          Duration.ofSeconds(20),
          Duration.ofMillis(5),
          Duration.ofSeconds(2),
          5);

  final LocalHub hub = new LocalHub();
  final List<String> notes = new ArrayList<>();
  final List<Long> progress = new ArrayList<>();
  long total;
  boolean cancelled;
  private final Path home;

  HubFixture(Path home) throws IOException {
    this.home = home;
  }

  /** GSM8K in small: two configurations, two splits each, the training data of one in shards. */
  HubRepository gsm8k() {
    HubRepository repository = hub.add("openai/gsm8k");
    repository.small("README.md", "---\n---\n");
    repository.small(".gitattributes", "*.parquet filter=lfs\n");
    for (int i = 0; i < 3; i++) {
      repository.large("main/train-%05d-of-00003.jsonl".formatted(i), rows(i, 40));
    }
    repository.large("main/test-00000-of-00001.jsonl", rows(9, 10));
    repository.large("socratic/train-00000-of-00001.jsonl", rows(20, 30));
    repository.large("socratic/test-00000-of-00001.jsonl", rows(29, 10));
    repository.commit("main");
    return repository;
  }

  /** The same with other training data, on the same branch. */
  void gsm8kChanged() {
    hub.repository("openai/gsm8k")
        .large("main/train-00001-of-00003.jsonl", rows(77, 40))
        .commit("main");
  }

  static String rows(int seed, int count) {
    StringBuilder rows = new StringBuilder();
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      rows.append(
          "{\"question\": \"what is %d and %d?\", \"answer\": \"%d %s\"}\n"
              .formatted(seed, i, random.nextInt(1000), "and so on ".repeat(random.nextInt(9))));
    }
    return rows.toString();
  }

  HubSnapshot fetch(String config) {
    return fetch(HubDataset.of("openai/gsm8k", config, null));
  }

  HubSnapshot fetch(HubDataset dataset, String... variables) {
    return client(variables).fetch(dataset, this);
  }

  Hub client(String... variables) {
    return new Hub(hub.environment(home, variables).with(QUICK));
  }

  Path cache() {
    return home.resolve("hf").resolve("hub");
  }

  Path folder() {
    return cache().resolve("datasets--openai--gsm8k");
  }

  static String text(HubSnapshot.File file) throws IOException {
    return Files.readString(file.file(), StandardCharsets.UTF_8);
  }

  static List<String> paths(List<HubSnapshot.File> files) {
    return files.stream().map(HubSnapshot.File::path).toList();
  }

  /** The same as whoever finds it in the cache sees it: nothing was verified on its way. */
  static HubSnapshot asFound(HubSnapshot fetched) {
    return new HubSnapshot(
        fetched.repository(),
        fetched.commit(),
        fetched.config(),
        asFound(fetched.train()),
        asFound(fetched.eval()),
        fetched.evalSplit());
  }

  private static List<HubSnapshot.File> asFound(List<HubSnapshot.File> files) {
    return files.stream()
        .map(file -> new HubSnapshot.File(file.path(), file.file(), file.sha256(), false))
        .toList();
  }

  /** Every file below a folder, with slashes, sorted. */
  static List<String> below(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(file -> !Files.isDirectory(file))
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  List<String> unfinished() throws IOException {
    return Files.exists(cache())
        ? below(cache()).stream().filter(name -> name.endsWith(".incomplete")).toList()
        : List.of();
  }

  /** What the world does not allow is said in one line, as a failure of the world. */
  static void assertRefused(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            UserException.class,
            e -> assertThat(e.kind()).isEqualTo(UserException.Kind.ENVIRONMENT))
        .message()
        .contains(parts)
        .doesNotContain("\n");
  }

  @Override
  public void note(String line) {
    notes.add(line);
  }

  @Override
  public void progress(long bytes, long total) {
    progress.add(bytes);
    this.total = total;
  }

  @Override
  public boolean cancelled() {
    return cancelled;
  }

  @Override
  public void close() throws IOException {
    hub.close();
  }
}
