package io.ghostmoe.tensor.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.ghostmoe.JavaProcess;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The parity suite with narrower vectors than this machine's: they have kernels of their own, which
 * would else be tried on other machines only.
 */
class NarrowVectorsTest {
  @ParameterizedTest(name = "{0} bits")
  @ValueSource(ints = {128, 256})
  @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void everyOperationAgreesWithItsSpecification(int bits) throws Exception {
    assumeThat(VectorBackend.vectorBits())
        .as("the vectors of this machine, whose parity is tested anyway")
        .isGreaterThan(bits);
    Process process =
        JavaProcess.start(
            Suite.class, List.of("-XX:MaxVectorSize=" + bits / 8), List.of(String.valueOf(bits)));
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said)
        .contains("parity linearCrossEntropyGradients", Suite.tests().size() + " passed");
  }

  /** Runs the suite in a process of its own. */
  static final class Suite {
    private Suite() {}

    static List<Method> tests() {
      return Stream.of(VectorBackendParityTest.class.getMethods())
          .filter(method -> method.isAnnotationPresent(Test.class))
          .toList();
    }

    public static void main(String[] args) throws Exception {
      if (VectorBackend.vectorBits() != Integer.parseInt(args[0])) {
        throw new IllegalStateException(VectorBackend.vectorBits() + " bits");
      }
      int passed = 0;
      for (Method test : tests()) {
        test.setAccessible(true); // the interfaces that hold them are not public
        test.invoke(new VectorBackendParityTest());
        passed++;
      }
      System.out.println(passed + " passed");
    }
  }
}
