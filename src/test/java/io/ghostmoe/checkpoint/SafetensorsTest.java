package io.ghostmoe.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void bytesAreThoseOfTheFormat() throws IOException {
    Path file = folder.resolve("a.safetensors");
    new SafetensorsWriter()
        .metadata("format", "pt")
        .floats("b.weight", new long[] {2, 1}, new float[] {1.5f, -2})
        .ints("a", new long[] {}, new int[] {-1})
        .write(file);

    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) bytes.getLong()];
    bytes.get(header);
    assertThat(new String(header, StandardCharsets.UTF_8).stripTrailing())
        .isEqualTo(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"b.weight\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
                + "\"a\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[8,12]}}");
    assertThat(header.length % 8).isZero();
    assertThat(bytes.getFloat()).isEqualTo(1.5f);
    assertThat(bytes.getFloat()).isEqualTo(-2f);
    assertThat(bytes.getInt()).isEqualTo(-1);
    assertThat(bytes.hasRemaining()).isFalse();
    assertThat(Files.exists(folder.resolve("a.safetensors.incomplete"))).isFalse();
  }

  @Test
  void slicesOfAnExpertStackFollowEachOtherInPiecesOfAnyNumber() throws IOException {
    Path file = folder.resolve("stack.safetensors");
    int experts = 3;
    int size = 100_000; // more than one buffer
    new SafetensorsWriter()
        .floats(
            "up",
            new long[] {experts, 100, 1000},
            experts,
            (expert, from, target, count) -> {
              for (int i = 0; i < count; i++) {
                target[i] = expert * size + from + i;
              }
            })
        .write(file);

    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      float[] whole = new float[experts * size];
      reader.read("up", whole);
      for (int i = 0; i < whole.length; i++) {
        assertThat(whole[i]).isEqualTo(i);
      }
      float[] part = new float[size + 1];
      reader.read("up", 2L * size, part, 1, size);
      assertThat(part[1]).isEqualTo(2 * size);
      assertThat(part[size]).isEqualTo(3 * size - 1);
      assertThat(reader.entry("up").shape()).containsExactly((long) experts, 100L, 1000L);
    }
  }

  @Test
  void writingTheSameTwiceGivesTheSameBytes() throws IOException {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    writer(new Random(7)).write(one);
    writer(new Random(7)).write(two);
    assertThat(Files.mismatch(one, two)).isEqualTo(-1);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void whatIsWrittenIsReadBitForBit(long seed) throws IOException {
    Path file = folder.resolve("random.safetensors");
    writer(new Random(seed)).write(file);
    Random again = new Random(seed);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      List<Array> arrays = arrays(again);
      assertThat(reader.entries()).hasSameSizeAs(arrays);
      for (Array array : arrays) {
        int[] bits = array.bits();
        assertThat(reader.entry(array.name()).shape())
            .as("seed %d, %s", seed, array.name())
            .isEqualTo(array.shape());
        if (array.floats()) {
          float[] values = new float[bits.length];
          reader.read(array.name(), values);
          for (int i = 0; i < bits.length; i++) {
            assertThat(Float.floatToRawIntBits(values[i])).isEqualTo(bits[i]);
          }
        } else {
          int[] values = new int[bits.length];
          reader.read(array.name(), values);
          assertThat(values).isEqualTo(bits);
        }
      }
      assertThat(reader.metadata()).containsEntry("seed \"\u00e9\n", "\ud83d\udc7b");
    }
  }

  private record Array(String name, boolean floats, List<Long> shape, int[] bits) {}

  private static SafetensorsWriter writer(Random random) {
    SafetensorsWriter writer = new SafetensorsWriter().metadata("seed \"\u00e9\n", "\ud83d\udc7b");
    for (Array array : arrays(random)) {
      long[] shape = array.shape().stream().mapToLong(Long::longValue).toArray();
      if (array.floats()) {
        float[] values = new float[array.bits().length];
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(array.bits()[i]);
        }
        writer.floats(array.name(), shape, values);
      } else {
        writer.ints(array.name(), shape, array.bits());
      }
    }
    return writer;
  }

  /** Any name, any rank from 0, any size from 0, any bits (so NaN and infinities too). */
  private static List<Array> arrays(Random random) {
    List<Array> arrays = new ArrayList<>();
    int count = random.nextInt(8);
    for (int i = 0; i < count; i++) {
      List<Long> shape =
          Stream.generate(() -> (long) random.nextInt(6)).limit(random.nextInt(5)).toList();
      int elements = (int) shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
      arrays.add(
          new Array(
              name(random) + i, random.nextBoolean(), shape, random.ints(elements).toArray()));
    }
    return arrays;
  }

  private static String name(Random random) {
    StringBuilder name = new StringBuilder();
    int length = random.nextInt(20);
    for (int i = 0; i < length; i++) {
      int codePoint = random.nextInt(i % 2 == 0 ? 0x80 : 0x10000);
      name.appendCodePoint(codePoint >= 0xD800 && codePoint < 0xE000 ? 'x' : codePoint);
    }
    return name.toString();
  }

  @Test
  void aFileWithoutArraysIsValid() throws IOException {
    Path file = folder.resolve("empty");
    new SafetensorsWriter().write(file);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(SafetensorsReader.open(file, arena).entries()).isEmpty();
    }
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("a");
    Files.writeString(file, "old");
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .floats(
                "x",
                new long[] {2},
                2,
                (slice, from, target, count) -> {
                  if (slice == 1) {
                    throw new IllegalStateException("gone");
                  }
                });
    assertThatThrownBy(() -> writer.write(file)).hasMessage("gone");
    assertThat(file).hasContent("old");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void theWriterRefusesWhatWouldNotBeAFile() {
    SafetensorsWriter writer = new SafetensorsWriter().floats("x", new long[] {1}, new float[1]);
    assertThatThrownBy(() -> writer.floats("x", new long[] {1}, new float[1]))
        .hasMessageContaining("two arrays are called x");
    assertThatThrownBy(() -> writer.floats("__metadata__", new long[] {1}, new float[1]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.floats("y", new long[] {-1}, new float[1]))
        .hasMessageContaining("negative");
    assertThatThrownBy(() -> writer.floats("y", new long[] {3}, 2, (a, b, c, d) -> {}))
        .hasMessageContaining("equal slices");
    assertThatThrownBy(
            () ->
                new SafetensorsWriter()
                    .ints("y", new long[] {4}, 2, i -> new int[3])
                    .write(folder.resolve("y")))
        .hasMessageContaining("slice 0 of 2 has 3 elements");
    assertThatThrownBy(() -> new SafetensorsWriter().floats("y", new long[] {4}, new float[3]))
        .hasMessageContaining("slice 0 of 1 has 3 elements");
  }

  @Test
  void readingSomethingElseThanIsThereIsOneLine() throws IOException {
    Path file = folder.resolve("a.safetensors");
    new SafetensorsWriter().floats("x", new long[] {2}, new float[2]).write(file);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = SafetensorsReader.open(file, arena);
      assertThat(reader.find("y")).isEmpty();
      for (Runnable wrong :
          List.<Runnable>of(
              () -> reader.read("y", new float[2]),
              () -> reader.read("x", new int[2]),
              () -> reader.read("x", new float[3]),
              () -> reader.entry("x").requireShape(file, 1, 2))) {
        assertThatThrownBy(wrong::run)
            .isInstanceOf(UserException.class)
            .hasMessageContaining(file.toString());
      }
      assertThatThrownBy(() -> reader.read("x", 1, new float[2], 0, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> reader.read("x", Long.MAX_VALUE, new float[2], 0, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }
}
