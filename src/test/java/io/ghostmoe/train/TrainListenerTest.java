package io.ghostmoe.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two listeners that are one. */
class TrainListenerTest {
  private final List<String> heard = new ArrayList<>();

  /** Writes down every call with a name, and stops the run or not. */
  private TrainListener listener(String name, boolean stops) {
    InvocationHandler handler =
        (_, method, _) -> {
          heard.add(name + " " + method.getName());
          return method.getReturnType() == boolean.class ? stops : null;
        };
    return (TrainListener)
        Proxy.newProxyInstance(
            TrainListener.class.getClassLoader(), new Class<?>[] {TrainListener.class}, handler);
  }

  @Test
  void bothHearEverythingInTheirOrder() throws Exception {
    TrainListener both = new BothListeners(listener("a", false), listener("b", false));
    for (Method method : TrainListener.class.getDeclaredMethods()) {
      if (!method.getName().startsWith("on") || method.isSynthetic()) {
        continue;
      }
      heard.clear();
      @Nullable Object[] arguments =
          Arrays.stream(method.getParameterTypes()).map(TrainListenerTest::nothing).toArray();
      method.invoke(both, arguments);
      assertThat(heard).containsExactly("a " + method.getName(), "b " + method.getName());
    }
  }

  private static @Nullable Object nothing(Class<?> type) {
    if (type == long.class) {
      return 0L;
    }
    return type == boolean.class ? false : null;
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true", "true, true"})
  void bothAreAskedAndEitherStops(boolean first, boolean second) {
    TrainListener both = new BothListeners(listener("a", first), listener("b", second));
    assertThat(both.cancelled()).isEqualTo(first || second);
    assertThat(heard).containsExactly("a cancelled", "b cancelled");
  }
}
