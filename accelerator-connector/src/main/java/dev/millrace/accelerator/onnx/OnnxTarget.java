package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Where a session runs, as its URI says.
 *
 * @param name the number of a CUDA device, or the name of a plug-in provider; empty for the CPU
 * @param choice for a plug-in: its library, and which of its devices
 * @param providerOptions what the provider is told, by its own names
 * @param mayFallBack whether parts of the model may run on the CPU
 */
record OnnxTarget(
    AcceleratorUri uri,
    Kind kind,
    String name,
    Map<String, String> choice,
    Map<String, String> providerOptions,
    boolean mayFallBack,
    Threads threads) {

  enum Kind {
    CPU,
    CUDA,
    TENSORRT,
    PLUGIN
  }

  /** On a device one batch is copied while another is computed; more would only wait there. */
  private static final int CALLERS_OF_A_DEVICE = 2;

  private static final String FALL_BACK = "cpu-fallback";
  static final String LIBRARY = "library";
  static final String DEVICE = "device";
  static final String DEVICE_ID = "device-id";
  static final String VENDOR = "vendor";
  private static final Set<String> CHOICES = Set.of(LIBRARY, DEVICE, DEVICE_ID, VENDOR);
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,4}");

  OnnxTarget {
    choice = Map.copyOf(choice);
    providerOptions = Map.copyOf(providerOptions);
  }

  /**
   * Reads a URI.
   *
   * @throws AcceleratorException of category CONFIGURATION if the target or a parameter is wrong
   */
  static OnnxTarget of(AcceleratorUri uri) {
    String target = uri.target();
    if (target.equals("cpu")) {
      requireKnown(uri, new LinkedHashSet<>(Threads.NAMES));
      return new OnnxTarget(uri, Kind.CPU, "", Map.of(), Map.of(), true, Threads.of(uri));
    }
    int colon = target.indexOf(':');
    String name = colon < 0 ? "" : target.substring(colon + 1);
    return switch (colon < 0 ? "" : target.substring(0, colon)) {
      case "cuda" -> ofNumber(uri, Kind.CUDA, name, ProviderOptions.CUDA);
      case "tensorrt" -> ofNumber(uri, Kind.TENSORRT, name, ProviderOptions.TENSORRT);
      case "plugin" -> ofPlugin(uri, name);
      default ->
          throw wrong(
              uri,
              "is none that ONNX Runtime is asked for. Write onnx:cpu, onnx:cuda:N, onnx:tensorrt:N"
                  + " or onnx:plugin:NAME?library=FILE");
    };
  }

  private static OnnxTarget ofNumber(
      AcceleratorUri uri, Kind kind, String number, Set<String> options) {
    if (!NUMBER.matcher(number).matches()) {
      throw wrong(uri, "has no number. Write which device, for example onnx:cuda:0");
    }
    Set<String> known = new LinkedHashSet<>(Threads.NAMES);
    known.add(FALL_BACK);
    known.addAll(new TreeSet<>(options));
    requireKnown(uri, known);
    return new OnnxTarget(
        uri, kind, number, Map.of(), only(uri, options), mayFallBack(uri), threads(uri));
  }

  private static OnnxTarget ofPlugin(AcceleratorUri uri, String name) {
    if (name.isEmpty() || !uri.parameters().containsKey(LIBRARY)) {
      throw wrong(
          uri,
          "lacks its name or its library. Write onnx:plugin:NAME?library=FILE, with the provider's"
              + " name and the file of its library");
    }
    Set<String> own = new LinkedHashSet<>(Threads.NAMES);
    own.add(FALL_BACK);
    own.addAll(CHOICES);
    Map<String, String> options = new LinkedHashMap<>(uri.parameters());
    options.keySet().removeAll(own);
    return new OnnxTarget(
        uri, Kind.PLUGIN, name, only(uri, CHOICES), options, mayFallBack(uri), threads(uri));
  }

  private static Map<String, String> only(AcceleratorUri uri, Set<String> names) {
    Map<String, String> some = new LinkedHashMap<>(uri.parameters());
    some.keySet().retainAll(names);
    return some;
  }

  private static Threads threads(AcceleratorUri uri) {
    Threads threads = Threads.of(uri);
    return threads.callers() != null
        ? threads
        : new Threads(threads.intraOp(), CALLERS_OF_A_DEVICE, threads.spinning());
  }

  private static boolean mayFallBack(AcceleratorUri uri) {
    return Threads.isOn(uri, FALL_BACK);
  }

  private static void requireKnown(AcceleratorUri uri, Set<String> known) {
    Set<String> unknown = new TreeSet<>(uri.parameters().keySet());
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw wrong(
          uri,
          "has no parameter "
              + String.join(", ", unknown)
              + ". It takes "
              + String.join(", ", List.copyOf(known)));
    }
  }

  private static AcceleratorException wrong(AcceleratorUri uri, String what) {
    return new AcceleratorException(
        Category.CONFIGURATION, "The accelerator '" + uri + "' " + what + ".");
  }
}
