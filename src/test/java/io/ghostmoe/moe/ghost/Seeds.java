package io.ghostmoe.moe.ghost;

import java.util.stream.LongStream;

/** Seeds of tests whose inputs are free. */
final class Seeds {
  private Seeds() {}

  static LongStream thirty() {
    return LongStream.rangeClosed(1, 30);
  }
}
