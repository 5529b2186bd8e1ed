package dev.millrace.accelerator.onnx;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.AcceleratorUri;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many threads a session on the CPU works with.
 *
 * @param intraOp threads that share the work of one run
 * @param callers runs at once; null for as many as the session's options say
 * @param spinning whether threads that share a run's work stay awake between its operators
 */
record Threads(int intraOp, @Nullable Integer callers, boolean spinning) {

  private static final String INTRA_OP = "intra-op-threads";
  private static final String CALLERS = "callers";
  private static final String SPINNING = "spinning";

  /** Its parameters. */
  static final List<String> NAMES = List.of(INTRA_OP, CALLERS, SPINNING);

  /** Beyond it a number is a slip of the keyboard rather than a machine. */
  private static final int MOST = 1024;

  /**
   * Reads those of a URI's parameters that are of threads.
   *
   * @throws AcceleratorException of category CONFIGURATION if one of them has a wrong value
   */
  static Threads of(AcceleratorUri uri) {
    Integer intraOp = count(uri, INTRA_OP);
    return new Threads(intraOp == null ? 1 : intraOp, count(uri, CALLERS), isOn(uri, SPINNING));
  }

  private static @Nullable Integer count(AcceleratorUri uri, String name) {
    String value = uri.parameters().get(name);
    if (value == null) {
      return null;
    }
    try {
      int count = Integer.parseInt(value);
      if (count >= 1 && count <= MOST) {
        return count;
      }
    } catch (NumberFormatException notANumber) {
      // Told below, as a number out of range is.
    }
    throw wrong(uri, "has " + name + "=" + value + ". It must be a number from 1 to " + MOST);
  }

  /** Whether a parameter is true; false if it is not given. */
  static boolean isOn(AcceleratorUri uri, String name) {
    String value = uri.parameters().getOrDefault(name, "false");
    if (!value.equals("true") && !value.equals("false")) {
      throw wrong(uri, "has " + name + "=" + value + ". It must be true or false");
    }
    return value.equals("true");
  }

  private static AcceleratorException wrong(AcceleratorUri uri, String what) {
    return new AcceleratorException(
        Category.CONFIGURATION, "The accelerator '" + uri + "' " + what + ".");
  }
}
