package io.ghostmoe.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Ctrl-C in the hands of a command, until this is closed. Java's only way to it is a class that not
 * every JVM has, and the compiler warns of; without it Ctrl-C ends the process, as always.
 */
final class InterruptSignal implements AutoCloseable {
  /** Leaves Ctrl-C as it is. */
  static final InterruptSignal NONE = new InterruptSignal(() -> {});

  private final Runnable restore;

  private InterruptSignal(Runnable restore) {
    this.restore = restore;
  }

  /** From now on Ctrl-C calls {@code action}, on a thread of its own. */
  static InterruptSignal take(Runnable action) {
    try {
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              InterruptSignal.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      Object before = handle(handlerType, handler);
      return new InterruptSignal(
          () -> {
            try {
              handle(handlerType, before);
            } catch (ReflectiveOperationException e) {
              throw new IllegalStateException(e); // it worked a moment ago
            }
          });
    } catch (InvocationTargetException e) {
      return NONE; // the JVM was told to leave signals alone
    } catch (ReflectiveOperationException e) {
      return NONE; // not in this JVM
    }
  }

  private static Object handle(Class<?> handlerType, Object handler)
      throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Signal");
    Object signal = type.getConstructor(String.class).newInstance("INT");
    return type.getMethod("handle", type, handlerType).invoke(null, signal, handler);
  }

  @Override
  public void close() {
    restore.run();
  }
}
