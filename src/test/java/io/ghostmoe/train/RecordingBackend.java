package io.ghostmoe.train;

import io.ghostmoe.tensor.Backend;
import io.ghostmoe.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A backend that writes down every call with the shapes and numbers of its arguments. */
final class RecordingBackend {
  private final List<String> calls = new ArrayList<>();
  private final Backend backend;

  RecordingBackend(Backend recorded) {
    backend =
        (Backend)
            Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName() + described(arguments));
                  try {
                    return method.invoke(recorded, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  private static List<String> described(Object[] arguments) {
    List<String> described = new ArrayList<>();
    for (Object argument : arguments == null ? new Object[0] : arguments) {
      described.add(
          switch (argument) {
            case null -> "null";
            case Tensor tensor -> tensor.type() + tensor.shape().toString();
            case List<?> list -> described(list.toArray()).toString();
            case float[] floats -> "float[" + floats.length + "]";
            case int[] ints -> Arrays.toString(ints);
            case Object other -> other.toString();
          });
    }
    return described;
  }

  Backend backend() {
    return backend;
  }

  /** The calls so far, of which none is kept. */
  List<String> take() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }
}
