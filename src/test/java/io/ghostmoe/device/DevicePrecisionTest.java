package io.ghostmoe.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ghostmoe.base.UserException;
import io.ghostmoe.tensor.cuda.CudaProbe;
import io.ghostmoe.tensor.cuda.Gpu;
import io.ghostmoe.tensor.cuda.Precision;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GPUs that are not here: what is refused is refused before any is touched. */
class DevicePrecisionTest {
  private static final CudaProbe.Found TURING = found(7, 5);

  private static CudaProbe.Found found(int major, int minor) {
    return new CudaProbe.Found("12.4", List.of(new Gpu(0, "GPU", major, minor, 16L << 30, 40)));
  }

  @ParameterizedTest
  @CsvSource({
    "7, 5, false",
    "7, 9, false",
    "8, 0, true",
    "8, 9, true",
    "9, 0, true",
    "12, 0, true"
  })
  void tensorCoresForBfloat16CameWithCapabilityEight(int major, int minor, boolean runs) {
    Gpu gpu = found(major, minor).gpus().getFirst();
    assertThat(Precision.BF16.runsOn(gpu)).isEqualTo(runs);
    assertThat(Precision.FP32.runsOn(gpu)).isTrue();
  }

  @Test
  void anOlderGpuRefusesToRoundAlsoWhereItWasTheFastest() {
    refuses(() -> Device.cuda(TURING, Precision.BF16));
    refuses(() -> Device.fastest(TURING, Precision.BF16, 1));
  }

  private static void refuses(ThrowingCallable selection) {
    assertThatThrownBy(selection)
        .isInstanceOfSatisfying(
            UserException.class, e -> assertThat(e.kind()).isEqualTo(UserException.Kind.INPUT))
        .hasMessage(
            "--precision bf16: GPU, compute capability 7.5, 16.0 GiB: 8.0 or higher has tensor"
                + " cores for it: pass --precision fp32");
  }
}
