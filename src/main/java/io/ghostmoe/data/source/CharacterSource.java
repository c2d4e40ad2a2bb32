package io.ghostmoe.data.source;

import java.nio.file.Path;

/** A source whose file is UTF-8, possibly compressed. */
sealed interface CharacterSource extends Source
    permits JsonSource, JsonLinesSource, CsvSource, TextSource {
  /** The file and how it is unpacked. */
  SourceFile text();

  @Override
  default Path file() {
    return text().path();
  }

  @Override
  default String unit() {
    return "line";
  }
}
