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
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes that anybody may have written: each is refused in one line, or read within its bounds. */
class SafetensorsDamageTest {
  @TempDir Path folder;

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | does not start with {",
        "x{} | does not start with {",
        "{} {} | follows the header's object",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]} | not JSON",
        "{\"x\":1} | \"x\" is no object",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}"
            + " | uplicate",
        "{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} |"
            + " uplicate",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}} | unknown key"
            + " \"more\"",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}} | lacks a dtype, a shape or two data_offsets",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}} | lacks a dtype",
        "{\"x\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}} | only F32 and I32 are"
            + " read",
        "{\"x\":{\"dtype\":3,\"shape\":[2],\"data_offsets\":[0,8]}} | dtype of \"x\" is no string",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}} | shape of \"x\" is no"
            + " array",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | non-negative integer",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}} | non-negative integer",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]}} | non-negative integer",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[18446744073709551617],\"data_offsets\":[0,8]}} | not"
            + " JSON",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | takes 12 bytes,"
            + " data_offsets are [0, 8]",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | data_offsets are [8,"
            + " 0]",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}} |"
            + " overflows",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,8]}} |"
            + " overflows",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | begins at byte 4",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | describes 4 bytes of"
            + " data, the file holds 8",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}} | describes 12 bytes of"
            + " data, the file holds 8",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"
            + " | begins at byte 4",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]},\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
            + " | begins at byte 4",
        "{\"__metadata__\":{\"a\":1}} | __metadata__ \"a\" is no string",
        "{\"__metadata__\":[]} | __metadata__ is no object",
        "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}} | uplicate",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[[[[[[2]]]]]],\"data_offsets\":[0,8]}} | non-negative",
      })
  void aBrokenHeaderIsOneLineThatNamesTheFile(String header, String expected) throws IOException {
    refused(file(header.getBytes(StandardCharsets.UTF_8), 8), expected);
  }

  @Test
  void headersThatAreNotTextAreRefused() throws IOException {
    refused(file(new byte[] {'{', (byte) 0xC0, (byte) 0x80, '}'}, 0), "not UTF-8");
    refused(
        file(("{\"" + "n".repeat(10_000) + "\":1}").getBytes(StandardCharsets.UTF_8), 0),
        "Name length");
    refused(file("{\"\\u001b[31m\":1}".getBytes(StandardCharsets.UTF_8), 0), "\"?[31m\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0, outside 2",
    "1, outside 2",
    "-1, a header of 18446744073709551615 bytes is outside",
    "9223372036854775807, outside 2",
    "100000001, outside 2",
    "100000000, the file ends after",
    "200, the file ends after"
  })
  void aHeaderLengthOutOfBoundsIsRefused(long length, String expected) throws IOException {
    Path file = valid();
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    Files.write(file, bytes);
    refused(file, expected);
  }

  @Test
  void aFileCutOffAnywhereIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(valid());
    Path cut = folder.resolve("cut.safetensors");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      refused(cut, "damaged");
    }
    Files.write(cut, Arrays.copyOf(bytes, bytes.length + 1));
    refused(cut, "the file holds 21");
  }

  @Test
  void anyFlippedBitOfTheHeaderIsRefusedOrHarmless() throws IOException {
    byte[] bytes = Files.readAllBytes(valid());
    int end = bytes.length - 20;
    Path flipped = folder.resolve("flipped.safetensors");
    int refused = 0;
    for (int bit = 0; bit < end * 8; bit++) {
      byte[] copy = bytes.clone();
      copy[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(flipped, copy);
      try (Arena arena = Arena.ofConfined()) {
        SafetensorsReader reader = SafetensorsReader.open(flipped, arena);
        for (SafetensorsEntry entry : reader.entries()) {
          if (entry.type() == SafetensorsType.F32) {
            reader.read(entry.name(), new float[(int) entry.elements()]);
          } else {
            reader.read(entry.name(), new int[(int) entry.elements()]);
          }
        }
      } catch (UserException e) {
        assertThat(e).hasMessageContaining(flipped.toString());
        refused++;
      }
    }
    // names and metadata are free text: only there may a bit change unnoticed
    assertThat(refused).isGreaterThan(end * 8 / 2);
  }

  @Test
  void whatIsNoFileIsOneLine() {
    refused(folder, "is a folder");
    refused(folder.resolve("missing"), "no such file");
  }

  private void refused(Path file, String expected) {
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> SafetensorsReader.open(file, arena))
          .isInstanceOf(UserException.class)
          .hasMessageContaining(expected)
          .hasMessageStartingWith(file.toString())
          .message()
          .doesNotContain("\n");
    }
  }

  private Path valid() throws IOException {
    Path file = folder.resolve("valid.safetensors");
    new SafetensorsWriter()
        .metadata("k", "v")
        .floats("weight", new long[] {2, 2}, new float[] {1, 2, 3, 4})
        .ints("i", new long[] {1}, new int[] {5})
        .write(file);
    return file;
  }

  private Path file(byte[] header, int dataBytes) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length).put(header);
    return Files.write(folder.resolve("broken.safetensors"), bytes.array());
  }
}
