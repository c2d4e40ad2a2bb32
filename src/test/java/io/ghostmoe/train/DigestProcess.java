package io.ghostmoe.train;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.cpu.VectorBackend;
import java.util.List;

/** A process that prints the digest of a few tiny steps, for a JVM of other flags. */
final class DigestProcess {
  private static final int STEPS = 2;
  private static final int ROWS = 2;

  private DigestProcess() {}

  public static void main(String[] args) {
    try (Backend backend = new VectorBackend(1)) {
      digest(backend).forEach(System.out::println);
    }
  }

  static List<String> digest(Backend backend) {
    try (OddRun run = new OddRun(backend, OddRun.TINY, ROWS)) {
      return OddRun.digest(run.bits(STEPS));
    }
  }
}
