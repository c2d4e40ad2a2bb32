package io.ghostmoe.tensor.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/** Times each launch on the device's own clock, while it is switched on. */
final class LaunchTimes {
  /**
   * All launches of one kernel.
   *
   * @param launches that were timed
   * @param seconds of them all
   */
  record Total(int launches, double seconds) {
    Total plus(double more) {
      return new Total(launches + 1, seconds + more);
    }
  }

  private record Timed(String kernel, CUevent begin, CUevent end) {}

  private final Driver driver;
  private final CUstream stream;
  private final List<Timed> timed = new ArrayList<>();

  LaunchTimes(Driver driver, CUstream stream) {
    this.driver = driver;
    this.stream = stream;
  }

  /** Marks the beginning of a launch. */
  CUevent begin() {
    return mark();
  }

  /** Marks the end of a launch that began at {@code begin}. */
  void end(String kernel, CUevent begin) {
    timed.add(new Timed(kernel, begin, mark()));
  }

  private CUevent mark() {
    CUevent event = new CUevent();
    driver.check(cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
    driver.check(cuEventRecord(event, stream), "cuEventRecord");
    return event;
  }

  /** {@return the totals by kernel, once the device has done everything} */
  Map<String, Total> totals() {
    Map<String, Total> totals = new LinkedHashMap<>();
    float[] milliseconds = {0};
    for (Timed one : timed) {
      driver.check(cuEventElapsedTime(milliseconds, one.begin, one.end), "cuEventElapsedTime");
      totals.merge(
          one.kernel, new Total(1, milliseconds[0] * 1e-3), (old, more) -> old.plus(more.seconds));
      driver.check(cuEventDestroy(one.begin), "cuEventDestroy");
      driver.check(cuEventDestroy(one.end), "cuEventDestroy");
    }
    timed.clear();
    return totals;
  }
}
