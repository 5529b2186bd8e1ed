package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.tensor.TensorValue;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

/** A row's tensor as a value of SQL, and back. */
final class TensorCells {

  private TensorCells() {}

  /**
   * Reads a column that is not null.
   *
   * @param depth how many arrays lie in each other
   * @throws IllegalArgumentException if an array holds nulls, or arrays of different lengths
   */
  static TensorValue read(RowData row, int column, String name, ElementType type, int depth) {
    if (depth == 0) {
      Object one =
          switch (type) {
            case BOOL -> new boolean[] {row.getBoolean(column)};
            case INT8 -> new byte[] {row.getByte(column)};
            case UINT8 -> new short[] {unsigned(name, row.getShort(column))};
            case INT16 -> new short[] {row.getShort(column)};
            case INT32 -> new int[] {row.getInt(column)};
            case INT64 -> new long[] {row.getLong(column)};
            case FLOAT32 -> new float[] {row.getFloat(column)};
            case FLOAT64 -> new double[] {row.getDouble(column)};
            case UTF8 -> new String[] {row.getString(column).toString()};
            case FLOAT16 -> throw new IllegalArgumentException("SQL has no float16.");
          };
      return new TensorValue(List.of(), one);
    }
    ArrayData array = row.getArray(column);
    List<Integer> shape = new ArrayList<>();
    ArrayData first = array;
    int count = 1;
    for (int level = 0; level < depth; level++) {
      shape.add(first.size());
      count = Math.multiplyExact(count, first.size());
      if (level < depth - 1) {
        if (first.size() == 0 || first.isNullAt(0)) {
          throw unfit(name, "is empty or holds null where it must hold arrays");
        }
        first = first.getArray(0);
      }
    }
    if (count == 0) {
      throw unfit(name, "is empty");
    }
    Object elements = TensorValue.array(type, count);
    fill(array, 0, shape, name, type, elements, 0);
    return new TensorValue(shape, elements);
  }

  private static int fill(
      ArrayData array,
      int level,
      List<Integer> shape,
      String name,
      ElementType type,
      Object elements,
      int at) {
    if (array.size() != shape.get(level)) {
      throw unfit(name, "holds arrays of different lengths, which no tensor has");
    }
    int next = at;
    for (int i = 0; i < array.size(); i++) {
      if (array.isNullAt(i)) {
        throw unfit(name, "holds null, which no tensor has");
      }
      if (level < shape.size() - 1) {
        next = fill(array.getArray(i), level + 1, shape, name, type, elements, next);
      } else {
        set(elements, next++, array, i, name, type);
      }
    }
    return next;
  }

  private static void set(
      Object elements, int at, ArrayData array, int i, String name, ElementType type) {
    switch (type) {
      case BOOL -> ((boolean[]) elements)[at] = array.getBoolean(i);
      case INT8 -> ((byte[]) elements)[at] = array.getByte(i);
      case UINT8 -> ((short[]) elements)[at] = unsigned(name, array.getShort(i));
      case INT16 -> ((short[]) elements)[at] = array.getShort(i);
      case INT32 -> ((int[]) elements)[at] = array.getInt(i);
      case INT64 -> ((long[]) elements)[at] = array.getLong(i);
      case FLOAT32 -> ((float[]) elements)[at] = array.getFloat(i);
      case FLOAT64 -> ((double[]) elements)[at] = array.getDouble(i);
      case UTF8 -> ((String[]) elements)[at] = array.getString(i).toString();
      case FLOAT16 -> throw new IllegalArgumentException("SQL has no float16.");
    }
  }

  private static short unsigned(String name, short value) {
    if (value < 0 || value > 255) {
      throw unfit(name, "holds " + value + ", and the model takes 0 to 255");
    }
    return value;
  }

  private static IllegalArgumentException unfit(String name, String what) {
    return new IllegalArgumentException("The column '" + name + "' " + what + ".");
  }

  /** A tensor as the value of a column with so many arrays in each other. */
  static Object write(TensorValue value, int depth) {
    return depth == 0
        ? element(value.elements(), 0)
        : array(value.elements(), value.shape(), 0, 0, value.count());
  }

  private static GenericArrayData array(
      Object elements, List<Integer> shape, int level, int from, int count) {
    int length = shape.get(level);
    Object[] values = new Object[length];
    int each = length == 0 ? 0 : count / length;
    for (int i = 0; i < length; i++) {
      values[i] =
          level == shape.size() - 1
              ? element(elements, from + i)
              : array(elements, shape, level + 1, from + i * each, each);
    }
    return new GenericArrayData(values);
  }

  private static Object element(Object elements, int at) {
    return elements instanceof String[] texts
        ? StringData.fromString(texts[at])
        : Array.get(elements, at);
  }
}
