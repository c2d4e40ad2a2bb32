package io.ghostmoe.tensor.cuda;

import jcuda.driver.CUstream;

/** A stream whose address libraries beside the driver can be given too. */
final class DeviceStream extends CUstream {
  long address() {
    return getNativePointer();
  }
}
