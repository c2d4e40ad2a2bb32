package io.ghostmoe.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteSizesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1572864, 1.5 MiB",
    "1099511627776, 1.0 TiB",
    "1125899906842624, '1,024.0 TiB'"
  })
  void sizesAreReadable(long bytes, String expected) {
    assertThat(ByteSizes.text(bytes)).isEqualTo(expected);
  }
}
