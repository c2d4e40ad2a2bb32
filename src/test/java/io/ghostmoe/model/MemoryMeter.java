package io.ghostmoe.model;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A backend that counts the bytes of the tensors that were allocated and not released. */
public final class MemoryMeter {
  private final Backend backend;
  private long held;

  /** A meter over a backend, which stays the caller's. */
  public MemoryMeter(Backend counted) {
    backend =
        (Backend)
            Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> {
                  try {
                    Object result = method.invoke(counted, arguments);
                    if (method.getName().equals("allocate")) {
                      held += ((Tensor) result).buffer().bytes();
                    } else if (method.getName().equals("release")) {
                      held -= ((Tensor) arguments[0]).buffer().bytes();
                    }
                    return result;
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  /** The backend to be used. */
  public Backend backend() {
    return backend;
  }

  /** Bytes of live tensors. */
  public long held() {
    return held;
  }
}
