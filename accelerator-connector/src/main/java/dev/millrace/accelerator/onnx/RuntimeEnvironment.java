package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime's environment, of which there is one for each class loader that has its classes.
 *
 * <p>ONNX Runtime gives the environment back in a shutdown hook of the JVM's. The JVM holds the
 * hook, and by it the class loader, its classes and the native library, for as long as the process
 * lives: on a cluster, one more for each job that was ever submitted. And while the JVM ends, the
 * hook takes the environment away from sessions that still run. So the hook is taken from the JVM
 * and run when the class loader is given up; where the process ends first, all ends with it. The
 * JVM shows its hooks only where {@code java.lang} is open, as Flink's own configuration and
 * Millrace's launcher have it; elsewhere the hook stays.
 */
final class RuntimeEnvironment {

  private static final String HOOKS = "java.lang.ApplicationShutdownHooks";

  private static boolean looked;
  private static boolean released;
  private static int graphs;
  private static @Nullable Runnable giveBack;

  private RuntimeEnvironment() {}

  /** The environment, loaded if it is the first time, for one graph that will {@link #leave}. */
  static synchronized OrtEnvironment enter() {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    graphs++;
    if (!looked) {
      looked = true;
      giveBack = takeHook();
    }
    return environment;
  }

  /** A graph is unloaded. */
  static synchronized void leave() {
    graphs--;
    giveBack();
  }

  /**
   * Gives the environment back, as soon as no graph is loaded: a device may still work for a task
   * that is over. No graph may be loaded afterwards.
   */
  static synchronized void release() {
    released = true;
    giveBack();
  }

  private static void giveBack() {
    Runnable hook = giveBack;
    if (hook != null && released && graphs == 0) {
      giveBack = null;
      hook.run();
      deleteLibraries();
    }
  }

  /** ONNX Runtime leaves its extracted libraries to the end of the process. */
  private static void deleteLibraries() {
    try {
      Field folder =
          Class.forName("ai.onnxruntime.OnnxRuntime", true, OrtEnvironment.class.getClassLoader())
              .getDeclaredField("tempDirectory");
      folder.setAccessible(true);
      if (folder.get(null) instanceof Path extracted) {
        try (Stream<Path> files = Files.list(extracted)) {
          for (Path file : files.toList()) {
            Files.deleteIfExists(file);
          }
        }
        Files.deleteIfExists(extracted);
      }
    } catch (ReflectiveOperationException | IOException | RuntimeException leftToTheEnd) {
      // They are deleted when the process ends in order, as they would have been.
    }
  }

  private static @Nullable Runnable takeHook() {
    for (Thread hook : hooks()) {
      if (isOrts(hook) && Runtime.getRuntime().removeShutdownHook(hook)) {
        // Not that of the task which happened to come first: it would be kept alive.
        hook.setContextClassLoader(RuntimeEnvironment.class.getClassLoader());
        return hook;
      }
    }
    return null;
  }

  private static List<Thread> hooks() {
    try {
      Field hooks = Class.forName(HOOKS).getDeclaredField("hooks");
      hooks.setAccessible(true);
      synchronized (Class.forName(HOOKS)) {
        return hooks.get(null) instanceof Map<?, ?> all
            ? all.keySet().stream().map(Thread.class::cast).toList()
            : new ArrayList<>();
      }
    } catch (ReflectiveOperationException | RuntimeException notShown) {
      return new ArrayList<>();
    }
  }

  private static boolean isOrts(Thread hook) {
    try {
      Field target = Thread.class.getDeclaredField("target");
      target.setAccessible(true);
      Object run = target.get(hook);
      return run != null
          && run.getClass().getClassLoader() == OrtEnvironment.class.getClassLoader()
          && run.getClass().getName().startsWith(OrtEnvironment.class.getName());
    } catch (ReflectiveOperationException | RuntimeException notShown) {
      return false;
    }
  }
}
