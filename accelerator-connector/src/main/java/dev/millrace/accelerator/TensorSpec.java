package dev.millrace.accelerator;

import java.util.List;

/**
 * One input or output of a model.
 *
 * @param name as the model names it
 * @param type what it holds
 * @param shape its dimensions, outermost first; {@link #FREE} where the model leaves one open
 */
public record TensorSpec(String name, ElementType type, List<Long> shape) {

  /** A dimension that each run chooses. */
  public static final long FREE = -1;

  public TensorSpec {
    shape = List.copyOf(shape);
  }

  /** Whether a tensor of that shape fits. */
  public boolean takes(List<Long> given) {
    if (given.size() != shape.size()) {
      return false;
    }
    for (int i = 0; i < shape.size(); i++) {
      if (shape.get(i) != FREE && !shape.get(i).equals(given.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return name + " " + type + shape.stream().map(d -> d == FREE ? "?" : d.toString()).toList();
  }
}
