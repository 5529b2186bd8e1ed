package dev.millrace.accelerator;

import dev.millrace.accelerator.AcceleratorException.Category;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The connectors that {@link ServiceLoader} finds, by scheme. */
final class Connectors {

  private Connectors() {}

  /** The schemes that users write, sorted. */
  static Set<String> schemes() {
    Set<String> schemes = new TreeSet<>(byScheme().keySet());
    // A pool is written as the list of its devices.
    schemes.remove(AcceleratorUri.POOL);
    return schemes;
  }

  static AcceleratorConnector forScheme(String scheme) {
    Map<String, AcceleratorConnector> connectors = byScheme();
    AcceleratorConnector connector = connectors.get(scheme);
    if (connector == null) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "No connector reaches accelerators of the scheme '"
              + scheme
              + "'. The schemes here are "
              + schemes()
              + ". A connector of your own is found when its jar, with its entry in"
              + " META-INF/services, is on the class path.");
    }
    return connector;
  }

  /**
   * The connector that runs a model.
   *
   * @throws AcceleratorException of category CONFIGURATION if none reaches the accelerator, or if
   *     the one that does runs no models of that task
   */
  static AcceleratorConnector forModel(AcceleratorUri uri, Model model) {
    AcceleratorConnector connector = forScheme(uri.scheme());
    if (!connector.tasks().contains(model.task())) {
      throw new AcceleratorException(
          Category.CONFIGURATION,
          "The accelerator "
              + uri
              + " cannot run the model '"
              + model.name()
              + "', which is for "
              + model.task()
              + ". The schemes that can are "
              + schemesFor(model.task())
              + ".");
    }
    return connector;
  }

  private static Set<String> schemesFor(ModelTask task) {
    Set<String> schemes = schemes();
    schemes.removeIf(scheme -> !forScheme(scheme).tasks().contains(task));
    return schemes;
  }

  /** Tells all of them to give back what they hold of the process. */
  static void release() {
    byScheme().values().forEach(AcceleratorConnector::release);
  }

  private static Map<String, AcceleratorConnector> byScheme() {
    Map<String, AcceleratorConnector> connectors = new TreeMap<>();
    // The loader that has Millrace, not the thread's: a connector is deployed beside Millrace, and
    // the threads of Reactor and of Flink's timers carry loaders of their own.
    for (AcceleratorConnector connector :
        ServiceLoader.load(
            AcceleratorConnector.class, AcceleratorConnector.class.getClassLoader())) {
      for (String scheme : connector.schemes()) {
        connectors.putIfAbsent(scheme, connector);
      }
    }
    return connectors;
  }
}
