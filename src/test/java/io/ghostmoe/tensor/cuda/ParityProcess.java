package io.ghostmoe.tensor.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ghostmoe.JavaProcess;
import io.ghostmoe.tensor.BackendParityTest;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests of parity in a process of their own, which takes another build of the emulator. */
final class ParityProcess {
  private ParityProcess() {}

  /** How it ended, and all that it said. */
  record Result(int code, String said) {}

  /**
   * Runs tests until one fails, which ends it with 1.
   *
   * @param emulator the folder of the driver's library
   * @param environment variables beside those of this process
   * @param test of the suites; empty for each one
   * @param suites to run it of
   */
  static Result run(
      Path emulator, Map<String, String> environment, String test, List<Class<?>> suites)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(test));
    suites.forEach(suite -> arguments.add(suite.getName()));
    ProcessBuilder builder =
        JavaProcess.builder(ParityProcess.class.getName(), List.of(), arguments)
            .redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", emulator.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), said);
  }

  public static void main(String[] arguments) throws ReflectiveOperationException {
    int ran = 0;
    for (String name : List.of(arguments).subList(1, arguments.length)) {
      Class<?> type = Class.forName(name);
      for (Method test : tests(type).toList()) {
        if (arguments[0].isEmpty() || arguments[0].equals(test.getName())) {
          run(type, test);
          ran++;
        }
      }
    }
    if (ran == 0) {
      throw new IllegalArgumentException("no test " + arguments[0]);
    }
  }

  private static void run(Class<?> type, Method test) throws ReflectiveOperationException {
    test.setAccessible(true); // what holds them is not public
    try {
      test.invoke(type.getDeclaredConstructor().newInstance());
    } catch (InvocationTargetException e) {
      System.out.println(type.getSimpleName() + ": " + e.getCause());
      System.exit(1);
    }
  }

  private static Stream<Method> tests(Class<?> type) {
    return Stream.concat(
            Stream.of(type.getMethods()), Stream.of(type.getSuperclass().getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(Test.class))
        .distinct()
        .sorted(Comparator.comparing(Method::getName));
  }

  /** {@return the backend's parity suite, once for each order of threads} */
  static List<Class<?>> everyOrder() {
    List<Class<? extends BackendParityTest>> suites =
        List.of(
            ForwardParityOnCuda.class,
            ReverseParityOnCuda.class,
            RandomParityOnCuda.class,
            LifoParityOnCuda.class);
    return List.copyOf(suites);
  }
}
