package dev.millrace.accelerator.tensor;

import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one row has of a tensor: the tensor without its first dimension.
 *
 * @param shape dimensions, outermost first; empty for a single number or text
 * @param elements all elements, innermost dimension last, in an array of the type's own: {@code
 *     boolean[]}, {@code byte[]}, {@code short[]} (also for UINT8), {@code int[]}, {@code long[]},
 *     {@code float[]}, {@code double[]} or {@code String[]}
 */
public record TensorValue(List<Integer> shape, Object elements) {

  public TensorValue {
    shape = List.copyOf(shape);
  }

  /** How many elements it has. */
  public int count() {
    return count(shape);
  }

  /** Whether a model takes it. A single element is taken for a tensor of one element, too. */
  public boolean fits(TensorSpec input) {
    List<Long> whole = new ArrayList<>();
    whole.add(input.shape().get(0));
    shape.forEach(dimension -> whole.add((long) dimension));
    return input.takes(whole)
        || (shape.isEmpty() && input.takes(List.of(input.shape().get(0), 1L)));
  }

  /** How many elements a shape has. */
  static int count(List<Integer> shape) {
    int count = 1;
    for (int dimension : shape) {
      count = Math.multiplyExact(count, dimension);
    }
    return count;
  }

  /** An array for so many elements of a type, other than FLOAT16. */
  public static Object array(ElementType type, int count) {
    return switch (type) {
      case BOOL -> new boolean[count];
      case INT8 -> new byte[count];
      case UINT8, INT16 -> new short[count];
      case INT32 -> new int[count];
      case INT64 -> new long[count];
      case FLOAT32 -> new float[count];
      case FLOAT64 -> new double[count];
      case UTF8 -> new String[count];
      case FLOAT16 -> throw new IllegalArgumentException("Java has no array of float16.");
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TensorValue that
        && shape.equals(that.shape)
        && Arrays.deepEquals(new Object[] {elements}, new Object[] {that.elements});
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.deepHashCode(new Object[] {elements});
  }

  @Override
  public String toString() {
    return shape + Arrays.deepToString(new Object[] {elements});
  }
}
