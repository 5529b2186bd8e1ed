package dev.millrace.jobs.feed;

import java.io.Closeable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Takes SIGTERM and SIGINT from the JVM while a job runs. A shutdown hook would not do: all hooks
 * run at once, and those of Flink and of the model's runtime take away what the job needs to end in
 * order.
 *
 * <p>The JDK's class for it is used by name, since the compiler takes no notice of that it is open
 * to all.
 */
final class StopSignals implements Closeable {

  /** What a shell reports of a process that a signal ended, less the signal's number. */
  static final int ENDED_BY_SIGNAL = 128;

  private static final String SIGNAL = "sun.misc.Signal";
  private static final String HANDLER = "sun.misc.SignalHandler";

  private final Map<Object, Object> before = new LinkedHashMap<>();

  private StopSignals() {}

  /**
   * Takes them.
   *
   * @param stop told the signal's number, once, on a thread of the JVM's; must not block. A second
   *     signal ends the process at once
   */
  static StopSignals take(IntConsumer stop) {
    StopSignals signals = new StopSignals();
    AtomicBoolean told = new AtomicBoolean();
    InvocationHandler handler =
        (proxy, method, args) -> {
          if (method.getDeclaringClass() == Object.class) {
            return method.invoke(stop, args);
          }
          int number = (int) Class.forName(SIGNAL).getMethod("getNumber").invoke(args[0]);
          if (told.getAndSet(true)) {
            Runtime.getRuntime().halt(ENDED_BY_SIGNAL + number);
          }
          stop.accept(number);
          return null;
        };
    for (String name : List.of("TERM", "INT")) {
      signals.take(name, handler);
    }
    return signals;
  }

  private void take(String name, InvocationHandler handler) {
    try {
      Class<?> handlerType = Class.forName(HANDLER);
      Object signal = Class.forName(SIGNAL).getConstructor(String.class).newInstance(name);
      Object ours =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
      before.put(signal, handle(signal, ours));
    } catch (ReflectiveOperationException notHere) {
      // This JVM lets nobody take signals (-Xrs, or no HotSpot): it ends at once, as it would
      // without this class.
    }
  }

  private static Object handle(Object signal, Object handler) throws ReflectiveOperationException {
    return Class.forName(SIGNAL)
        .getMethod("handle", Class.forName(SIGNAL), Class.forName(HANDLER))
        .invoke(null, signal, handler);
  }

  /** Gives them back. */
  @Override
  public void close() {
    before.forEach(
        (signal, handler) -> {
          try {
            handle(signal, handler);
          } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
          }
        });
    before.clear();
  }
}
