package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.AtomicFiles;
import io.ghostmoe.base.CounterRandom;
import io.ghostmoe.data.DatasetPreparer;
import io.ghostmoe.data.PrepareListener;
import io.ghostmoe.data.PrepareProgress;
import io.ghostmoe.data.PreparedDataset;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.DatasetCatalog;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Preparations of the Hub's data that are killed, or for which the disk is too small. */
@Timeout(300)
class HubPrepareProcessTest {
  private static final String ROWS = "org/rows";
  private static final int SHARDS = 3;
  private static final int SHARD_ROWS = 3_000;
  private static final int KILLS = 20;

  @TempDir Path home;
  private HubFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    HubRepository repository = fixture.hub.add(ROWS);
    for (int i = 0; i < SHARDS; i++) {
      repository.large(
          "train-%05d-of-%05d.jsonl".formatted(i, SHARDS), HubFixture.rows(i, SHARD_ROWS));
    }
    repository.commit("main");
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private PreparedDataset prepare(Path home, String repository, PrepareListener listener) {
    return new DatasetPreparer(
            HubPrepareProcess.cache(home),
            () -> fixture.hub.environment(home).with(HubFixture.QUICK))
        .prepare(HubPrepareProcess.request(repository), listener);
  }

  private static List<CatalogEntry> catalog(Path home) {
    return new DatasetCatalog(HubPrepareProcess.cache(home)).list();
  }

  /** The files of an entry but for {@code cache.json}, in which a time stands. */
  private static Map<String, byte[]> content(PreparedDataset data) throws IOException {
    Map<String, byte[]> content = new TreeMap<>();
    for (String name : HubFixture.below(data.folder())) {
      if (!name.equals("cache.json")) {
        content.put(name, Files.readAllBytes(data.folder().resolve(name)));
      }
    }
    return content;
  }

  /**
   * Twenty processes, one after the other, each killed at a seeded moment between its first word
   * and its last: nothing they leave passes for an entry, and what is made in the end is the same
   * to the byte as what an undisturbed process makes.
   */
  @Test
  void whatIsKilledAtAnyMomentLeavesNothingFalse() throws Exception {
    Path undisturbed = home.resolve("undisturbed");
    AtomicInteger events = new AtomicInteger();
    Map<String, byte[]> right;
    try (PreparedDataset data = prepare(undisturbed, ROWS, counting(events))) {
      right = content(data);
    }
    long key = CounterRandom.key(6, "kill a preparation");
    int killed = 0;
    for (int i = 0; i < KILLS; i++) {
      if (stopAndKill(1 + CounterRandom.below(key, i, events.get()))) {
        assertThat(catalog(home))
            .extracting(CatalogEntry::status)
            .doesNotContain(CatalogEntry.Status.VALID);
        killed++;
      } else { // a download of its own was part of the undisturbed one alone
        AtomicFiles.deleteRecursively(HubPrepareProcess.cache(home));
      }
    }
    assertThat(killed).isGreaterThan(KILLS / 2);
    try (PreparedDataset data = prepare(home, ROWS, PrepareListener.SILENT)) {
      assertThat(data.cacheHit()).isFalse();
      Map<String, byte[]> made = content(data);
      assertThat(made).containsOnlyKeys(right.keySet());
      right.forEach((name, bytes) -> assertThat(made.get(name)).as(name).isEqualTo(bytes));
    }
    assertThat(catalog(home)).hasSize(1);
    assertThat(fixture.unfinished()).isEmpty();
  }

  private static PrepareListener counting(AtomicInteger events) {
    return new PrepareListener() {
      @Override
      public void note(String line) {
        events.incrementAndGet();
      }

      @Override
      public void progress(PrepareProgress progress) {
        events.incrementAndGet();
      }
    };
  }

  /** Whether the process was killed at that event, rather than done before. */
  private boolean stopAndKill(int event) throws Exception {
    Process process = HubPrepareProcess.start(fixture.hub, home, ROWS, event);
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      return HubPrepareProcess.STOPPED.equals(output.readLine());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** CSV, since its reader once took the full disk for a broken file. */
  @Test
  void aFullDiskIsSaidAndLeavesNothing() throws Exception {
    String rows = "text\n" + "some words of a row\n".repeat(20_000);
    fixture.hub.add("org/csv").large("train.csv", rows).commit("main");
    Path place = home.resolve("disk");
    SmallDisk.with(
        HubPrepareProcess.cache(place),
        8_000,
        disk -> {
          Path neighbour = home.resolve("disk/data-preprocessed/neighbour");
          HubFixture.assertRefused(
              () -> prepare(place, "org/csv", takingAllRoom(neighbour)),
              "org_csv_default_byte_256 cannot be made",
              "check space and permission, or pass another --cache-dir");
          assertThat(catalog(place)).isEmpty();
          Files.delete(neighbour);
          disk.resize(200);
          HubFixture.assertRefused(
              () -> prepare(place, "org/csv", PrepareListener.SILENT),
              "bytes free",
              "make room or pass another --cache-dir");
          disk.resize(8_000);
          try (PreparedDataset data = prepare(place, "org/csv", PrepareListener.SILENT)) {
            assertThat(data.train().documents() + data.eval().documents()).isEqualTo(20_000);
          }
        });
  }

  /** A neighbour that fills the disk once there was room enough for the entry. */
  private static PrepareListener takingAllRoom(Path neighbour) {
    return new PrepareListener() {
      @Override
      public void progress(PrepareProgress progress) {
        if (progress.phase() == PrepareProgress.Phase.TOKENIZE && !Files.exists(neighbour)) {
          try {
            Files.write(neighbour, new byte[10_000_000]);
          } catch (IOException e) {
            // full, as it is meant to be
          }
        }
      }
    };
  }
}
