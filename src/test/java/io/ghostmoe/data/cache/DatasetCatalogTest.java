package io.ghostmoe.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetCatalogTest {
  private static final String ONE = "1".repeat(64);
  private static final String TWO = "2".repeat(64);
  private static final String THREE = "3".repeat(64);

  @TempDir Path folder;
  private final List<Path> made = new ArrayList<>();

  private Path cache() {
    return folder.resolve("cache");
  }

  private DatasetCatalog catalog() {
    return new DatasetCatalog(cache());
  }

  /** A file in the cache with all folders above it. */
  private Path file(String path, String content) throws IOException {
    Path file = cache().resolve(path);
    Files.createDirectories(file.getParent());
    made.add(Files.writeString(file, content));
    return file;
  }

  private List<String> labels(List<CatalogEntry> entries) {
    return entries.stream().map(entry -> cache().relativize(entry.folder()).toString()).toList();
  }

  @Test
  void aFolderThatDoesNotExistHoldsNothingAndIsNotMade() {
    assertThat(catalog().list()).isEmpty();
    assertThat(catalog().clean()).isEqualTo(new Removal(List.of(), List.of(), List.of()));
    assertThat(catalog().cleanInvalid().removed()).isEmpty();
    assertThat(cache()).doesNotExist();
  }

  @Test
  void everyFolderOfTheCacheThatIsNoValidEntryIsListedWithTheReason() throws IOException {
    file("a/" + ONE + ".incomplete/train.tokens", "half");
    Files.createDirectories(cache().resolve("a/" + TWO));
    file("a/" + THREE + ".damaged/cache.json", "{}");
    file("b/" + ONE + "/cache.json", "{}");
    Files.createDirectories(cache().resolve("b/" + TWO + "/cache.json"));
    Files.createDirectories(cache().resolve(".locks/x"));
    Files.writeString(cache().resolve("sources.json"), "{}");
    assertThat(catalog().list())
        .extracting(
            e -> "%s/%.1s %s %d".formatted(e.name(), e.fingerprint(), e.status(), e.bytes()))
        .containsExactly(
            "a/1 INCOMPLETE 4", "a/2 INVALID 0", "a/3 INVALID 2", "b/1 INVALID 2", "b/2 ERROR 0");
    assertThat(catalog().list())
        .allSatisfy(e -> assertThat(e.detail()).isNotEmpty())
        .allSatisfy(e -> assertThat(e.tokens()).isZero())
        .allSatisfy(e -> assertThat(e.created()).isNull());
  }

  @Test
  void whatPrepareDidNotMakeIsNeitherListedNorRemoved() throws IOException {
    file("notes/ideas/cache.json", "{}");
    file("a/" + ONE + "/cache.json", "{}");
    file("a/readme.txt", "mine");
    file("a/" + "A".repeat(64) + "/x", "upper case is no fingerprint");
    file("photo.jpg", "");
    file("lost+found/" + ONE + "/x", "no name that prepare gives");
    file(".gitignore", "*");
    assertThat(labels(catalog().list())).containsExactly("a/" + ONE);

    Removal removal = catalog().clean();
    assertThat(labels(removal.removed())).containsExactly("a/" + ONE);
    assertThat(removal.kept()).isEmpty();
    assertThat(removal.foreign())
        .extracting(path -> cache().relativize(path).toString())
        .containsExactly("a/" + "A".repeat(64), "a/readme.txt", "lost+found", "notes", "photo.jpg");
    assertThat(made.stream().filter(Files::notExists))
        .containsExactly(cache().resolve("a/" + ONE + "/cache.json"));
  }

  @Test
  void linksAreNeitherListedNorFollowedNorRemoved() throws IOException {
    Path outside = folder.resolve("outside");
    Files.createDirectories(outside.resolve(ONE));
    Path precious = Files.writeString(outside.resolve(ONE).resolve("cache.json"), "{}");
    file("a/" + TWO + "/cache.json", "{}");
    Path insideAnEntry = cache().resolve("a/" + TWO + "/train.tokens");
    Files.createSymbolicLink(insideAnEntry, precious);
    Path name = Files.createSymbolicLink(cache().resolve("b"), outside);
    Path entry = Files.createSymbolicLink(cache().resolve("a/" + ONE), outside.resolve(ONE));
    assertThat(labels(catalog().list())).containsExactly("a/" + TWO);

    assertThat(labels(catalog().cleanInvalid().removed())).containsExactly("a/" + TWO);
    Removal removal = catalog().clean();
    assertThat(removal.removed()).isEmpty();
    assertThat(removal.foreign()).containsExactly(cache().resolve("a"), name);
    assertThat(precious).hasContent("{}");
    assertThat(name).isSymbolicLink();
    assertThat(entry).isSymbolicLink();
    assertThat(insideAnEntry).doesNotExist();
  }

  @Test
  void anEntryThatBecameALinkAfterItWasListedIsNotFollowed() throws IOException {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Path precious = Files.writeString(outside.resolve("cache.json"), "{}");
    file("a/" + ONE + "/cache.json", "{}");
    List<CatalogEntry> listed = catalog().list();
    Files.move(cache().resolve("a/" + ONE), folder.resolve("moved"));
    Path link = Files.createSymbolicLink(cache().resolve("a/" + ONE), outside);
    catalog().remove(listed);
    assertThat(precious).exists();
    assertThat(link).isSymbolicLink();
  }

  @Test
  void anEntryOfAnotherFolderIsRefused() throws IOException {
    file("a/" + ONE + "/cache.json", "{}");
    DatasetCatalog other = new DatasetCatalog(folder.resolve("other"));
    assertThatThrownBy(() -> other.remove(catalog().list()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no entry of");
    assertThat(made.getFirst()).exists();
  }

  @Test
  void aNameFindsItsEntryAndWhatBuildsOfItLeft() throws IOException {
    file("a/" + ONE + "/cache.json", "{}");
    file("a/" + ONE + ".incomplete/train.tokens", "");
    file("b/" + TWO + "/cache.json", "{}");
    assertThat(labels(catalog().find("a"))).containsExactly("a/" + ONE, "a/" + ONE + ".incomplete");
    assertThat(labels(catalog().find("b/22"))).containsExactly("b/" + TWO);
    assertThat(labels(catalog().find("b/"))).containsExactly("b/" + TWO);
    assertThat(labels(catalog().find(catalog().list().getLast().label())))
        .containsExactly("b/" + TWO);
  }

  @Test
  void aNameThatSeveralShareIsRefusedAndAllAreNamed() throws IOException {
    file("a/" + ONE + "/cache.json", "{}");
    file("a/" + TWO + "/cache.json", "{}");
    assertThatThrownBy(() -> catalog().find("a"))
        .isInstanceOf(UserException.class)
        .hasMessage(
            "a names 2 entries in %s: say which, a/111111111111 or a/222222222222"
                .formatted(cache()));
    assertThat(labels(catalog().find("a/2"))).containsExactly("a/" + TWO);
    assertThatThrownBy(() -> catalog().find("a/3"))
        .hasMessageContaining("no dataset a/3 in")
        .hasMessageContaining("of that name there is a/111111111111 and a/222222222222");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "..", ".", "", "/", "../outside/1", "a/../../outside", "A/1"})
  void noNameIsTakenForAPath(String name) throws IOException {
    file("a/" + ONE + "/cache.json", "{}");
    Files.createDirectories(folder.resolve("x/" + ONE));
    Files.createDirectories(folder.resolve("outside/" + ONE));
    assertThatThrownBy(() -> catalog().find(name))
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessageStartingWith("no dataset " + name + " in ");
  }

  @Test
  void aFolderThatCannotBeReadIsAnErrorOfItsOwnAndStays() throws IOException {
    file("a/" + ONE + "/cache.json", "{}");
    Path closed = Files.createDirectories(cache().resolve("b/" + TWO));
    Path closedName = cache().resolve("c");
    Files.createDirectories(closedName.resolve(TWO));
    closed.toFile().setReadable(false);
    closedName.toFile().setReadable(false);
    try {
      Assumptions.assumeFalse(Files.isReadable(closed), "root reads everything");
      assertThat(catalog().list())
          .extracting(e -> e.label() + " " + e.status())
          .containsExactly("a/111111111111 INVALID", "b/222222222222 ERROR", "c ERROR");
      Removal removal = catalog().cleanInvalid();
      assertThat(labels(removal.removed())).containsExactly("a/" + ONE);
      assertThat(removal.kept())
          .hasSize(2)
          .allSatisfy(kept -> assertThat(kept.why()).isEqualTo("permission denied"));
      assertThat(closed).exists();
    } finally {
      closed.toFile().setReadable(true);
      closedName.toFile().setReadable(true);
    }
  }
}
