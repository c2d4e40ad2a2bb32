package io.ghostmoe.data.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.base.CounterRandom;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads by processes that are killed, and by several at once. */
class HubProcessTest {
  private static final HubDataset DATASET = HubDataset.of("org/shards", null, null);
  private static final int SIZE = 400_000;
  private static final int KILLS = 20;
  private static final int PIECE = 4_000;

  @TempDir Path home;
  private HubFixture fixture;
  private final List<byte[]> contents = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    fixture = new HubFixture(home);
    HubRepository repository = fixture.hub.add("org/shards");
    for (int i = 0; i < 3; i++) {
      byte[] content = new byte[SIZE];
      new Random(i).nextBytes(content);
      contents.add(content);
      repository.large("train-%05d-of-00003.txt".formatted(i), content);
    }
    repository.commit("main");
  }

  @AfterEach
  void close() throws IOException {
    fixture.close();
  }

  private void requireRight() throws IOException {
    HubSnapshot snapshot = fixture.fetch(DATASET);
    for (int i = 0; i < 3; i++) {
      assertThat(Files.readAllBytes(snapshot.train().get(i).file())).isEqualTo(contents.get(i));
    }
    assertThat(fixture.unfinished()).isEmpty();
  }

  /**
   * One download, killed at twenty seeded moments: each process goes on where the one before it was
   * killed, and asks for no byte that was written.
   */
  @Test
  void whatIsKilledAtAnyMomentIsGoneOnWith() throws Exception {
    AtomicInteger pieces = new AtomicInteger();
    fixture.hub.content(Integer.MAX_VALUE, Fault.inPieces(PIECE, pieces));
    long key = CounterRandom.key(6, "kill");
    for (int i = 0; i < KILLS; i++) {
      int before = fixture.hub.requests.size();
      Set<String> expected = new HashSet<>(Set.of(""));
      for (String name : fixture.unfinished()) {
        long size = Files.size(fixture.cache().resolve(name));
        expected.add(size == 0 ? "" : "bytes=" + size + "-");
      }
      killAfter(pieces, CounterRandom.below(key, i, 3 * SIZE / PIECE / KILLS * 2));
      assertThat(fixture.hub.requests.subList(before, fixture.hub.requests.size()))
          .extracting(request -> request.header("Range").orElse(""))
          .isSubsetOf(expected);
      requireNothingFalse();
    }
    fixture.hub.clearFaults();
    requireRight();
    assertThat(fixture.hub.seen(request -> request.header("Range").isPresent()))
        .hasSizeGreaterThan(5);
  }

  /** Kills a process once so many pieces more have been sent to it. */
  private void killAfter(AtomicInteger pieces, int more) throws Exception {
    int enough = pieces.get() + more;
    Process process = FetchProcess.start(fixture.hub, home, "org/shards");
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(output.readLine()).isEqualTo("!");
      while (pieces.get() < enough && process.isAlive()) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** What has a blob's name is whole, and a snapshot names nothing else. */
  private void requireNothingFalse() throws IOException {
    if (!Files.exists(fixture.cache())) {
      return;
    }
    for (String name : HubFixture.below(fixture.cache())) {
      Path file = fixture.cache().resolve(name);
      boolean content = name.contains("/blobs/") || name.contains("/snapshots/");
      if (content && !name.endsWith(".incomplete")) {
        assertThat(contents).as(name).contains(Files.readAllBytes(file));
      }
    }
  }

  @Test
  void twoProcessesFetchEveryFileOnce() throws Exception {
    fixture.hub.content(Integer.MAX_VALUE, Fault.slowly(40_000, 20));
    List<Process> processes = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        processes.add(FetchProcess.start(fixture.hub, home, "org/shards"));
      }
      for (Process process : processes) {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("FETCHED 3");
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    assertThat(fixture.hub.seen(fixture.hub.onStorage())).hasSize(3);
    fixture.hub.clearFaults();
    requireRight();
  }

  @Test
  void aCacheThatMayOnlyBeReadIsGoodEnoughWhereAllIsThere() throws Exception {
    SmallDisk.with(
        home.resolve("hf"),
        8_000,
        disk -> {
          fixture.fetch(DATASET);
          disk.readOnly();
          requireRight();
          fixture.hub.add("org/other").large("train.txt", "text").commit("main");
          HubFixture.assertRefused(
              () -> fixture.fetch(HubDataset.of("org/other", null, null)), "HF_HUB_CACHE");
        });
  }

  @Test
  void aFullDiskIsSaidAndGoneOnWith() throws Exception {
    SmallDisk.with(
        home.resolve("hf"),
        700,
        disk -> {
          HubFixture.assertRefused(
              () -> fixture.fetch(DATASET), "free", "make room or set HF_HUB_CACHE");
          disk.resize(1_400); // enough, but for what a neighbour takes meanwhile
          Path neighbour = disk.folder().resolve("neighbour");
          fixture.hub.content(
              1,
              (exchange, status, headers, content) -> {
                Files.write(neighbour, new byte[600_000]);
                exchange.send(status, headers, content);
              });
          HubFixture.assertRefused(
              () -> fixture.fetch(DATASET), "cannot be written", "is gone on with");
          Files.delete(neighbour);
          disk.resize(8_000);
          requireRight();
        });
  }
}
