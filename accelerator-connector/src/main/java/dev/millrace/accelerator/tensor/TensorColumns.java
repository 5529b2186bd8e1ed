package dev.millrace.accelerator.tensor;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.TensorSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Columns that are tensors: of plain elements for {@code [rows]}, of fixed-size lists for {@code
 * [rows, n]}, of fixed-size lists of those for {@code [rows, n, m]}, and so on; none null. So a
 * column says its shape, and all rows of a batch have the same.
 */
public final class TensorColumns {

  private static final String ITEM = "item";

  private TensorColumns() {}

  /**
   * A column of some rows' values, which are of one shape. The caller owns it.
   *
   * @param rows at least one
   */
  public static FieldVector ofValues(
      BufferAllocator allocator, String name, ElementType type, List<TensorValue> rows) {
    List<Integer> shape = rows.get(0).shape();
    int each = TensorValue.count(shape);
    FieldVector column = allocate(allocator, name, type, shape, rows.size());
    try {
      FieldVector leaf = leaf(column);
      for (int row = 0; row < rows.size(); row++) {
        Elements.write(leaf, type, rows.get(row).elements(), row * each, each);
      }
      finish(column, rows.size());
      return column;
    } catch (RuntimeException failure) {
      column.close();
      throw failure;
    }
  }

  /**
   * A column of parts, one below the other, which are of one shape but for their rows. Copies. The
   * caller owns it.
   *
   * @param spec what the model says of the output
   * @param parts each of as many elements as its shape says; without any the column has no rows
   * @throws AcceleratorException of category OUTPUT if they are of several shapes
   */
  public static FieldVector ofParts(
      BufferAllocator allocator, TensorSpec spec, List<TensorPart> parts) {
    List<Long> dimensions = parts.isEmpty() ? spec.shape() : parts.get(0).shape();
    List<Integer> shape = new ArrayList<>();
    for (long dimension : dimensions.subList(1, dimensions.size())) {
      shape.add(dimension == TensorSpec.FREE ? 1 : Math.toIntExact(dimension));
    }
    int rows = 0;
    for (TensorPart part : parts) {
      if (!part.shape()
          .subList(1, dimensions.size())
          .equals(dimensions.subList(1, dimensions.size()))) {
        throw new AcceleratorException(
            Category.OUTPUT,
            "the output '"
                + spec.name()
                + "' has the shape "
                + dimensions
                + " for one row and "
                + part.shape()
                + " for another. Give rows one by one");
      }
      rows += Math.toIntExact(part.shape().get(0));
    }
    FieldVector column = allocate(allocator, spec.name(), spec.type(), shape, rows);
    try {
      FieldVector leaf = leaf(column);
      int at = 0;
      for (TensorPart part : parts) {
        at += write(leaf, part, at);
      }
      finish(column, rows);
      return column;
    } catch (RuntimeException failure) {
      column.close();
      throw failure;
    }
  }

  private static int write(FieldVector leaf, TensorPart part, int at) {
    int count = Math.toIntExact(part.count());
    if (part.type() == ElementType.UTF8) {
      Elements.write(leaf, ElementType.UTF8, part.texts(), at, count);
    } else if (leaf instanceof BitVector bits) {
      for (int i = 0; i < count; i++) {
        bits.set(at + i, part.bytes().get(part.bytes().position() + i));
      }
    } else {
      ByteBuffer target =
          leaf.getDataBuffer().nioBuffer((long) at * part.type().bytes(), part.bytes().remaining());
      target.put(part.bytes().duplicate());
    }
    return count;
  }

  /**
   * Some rows of a batch's column.
   *
   * @param spec what the model takes
   * @return borrows the batch's memory, but for BOOL and UTF8, which are copied
   * @throws AcceleratorException of category INPUT if the column is not what the model takes
   */
  public static TensorPart part(ArrowBatch batch, TensorSpec spec, int from, int rows) {
    FieldVector column = batch.column(spec.name());
    if (column == null) {
      throw input("The batch has no column '" + spec.name() + "', which the model reads.");
    }
    List<Long> shape = new ArrayList<>(List.of((long) rows));
    FieldVector leaf = column;
    int each = 1;
    while (leaf instanceof FixedSizeListVector list) {
      shape.add((long) list.getListSize());
      each = Math.multiplyExact(each, list.getListSize());
      leaf = list.getDataVector();
    }
    if (!leaf.getField().getType().equals(spec.type().arrowType())) {
      throw input("The column is " + column.getField() + ", and the model takes " + spec + ".");
    }
    if (!spec.takes(shape)) {
      if (each == 1 && spec.takes(List.of((long) rows, 1L))) {
        shape = List.of((long) rows, 1L);
      } else {
        throw input(
            "The column '"
                + spec.name()
                + "' has the shape "
                + shape
                + ", and the model takes "
                + spec
                + ".");
      }
    }
    int first = from * each;
    int count = rows * each;
    if (spec.type() == ElementType.UTF8) {
      return TensorPart.ofTexts(
          spec.name(), shape, (String[]) Elements.read(leaf, spec.type(), first, count));
    }
    if (leaf instanceof BitVector bits) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(count);
      for (int i = 0; i < count; i++) {
        bytes.put(i, (byte) bits.get(first + i));
      }
      return TensorPart.of(spec.name(), spec.type(), shape, bytes);
    }
    int width = spec.type().bytes();
    return TensorPart.of(
        spec.name(),
        spec.type(),
        shape,
        leaf.getDataBuffer()
            .nioBuffer((long) first * width, Math.multiplyExact(count, width))
            .order(ByteOrder.nativeOrder()));
  }

  /** A row's value, copied. */
  public static TensorValue value(FieldVector column, ElementType type, int row) {
    List<Integer> shape = new ArrayList<>();
    FieldVector leaf = column;
    while (leaf instanceof FixedSizeListVector list) {
      shape.add(list.getListSize());
      leaf = list.getDataVector();
    }
    int each = TensorValue.count(shape);
    return new TensorValue(shape, Elements.read(leaf, type, row * each, each));
  }

  private static FieldVector allocate(
      BufferAllocator allocator, String name, ElementType type, List<Integer> shape, int rows) {
    FieldVector column = field(name, type, shape).createVector(allocator);
    try {
      int count = rows;
      FieldVector at = column;
      for (int dimension : shape) {
        FixedSizeListVector list = (FixedSizeListVector) at;
        list.setInitialCapacity(count);
        list.allocateNew();
        for (int i = 0; i < count; i++) {
          list.setNotNull(i);
        }
        count = Math.multiplyExact(count, dimension);
        at = list.getDataVector();
      }
      if (at instanceof BaseFixedWidthVector fixed) {
        fixed.allocateNew(Math.max(1, count));
        ArrowBuf validity = fixed.getValidityBuffer();
        validity.setOne(0, validity.capacity());
      } else {
        at.setInitialCapacity(Math.max(1, count));
        at.allocateNew();
      }
      return column;
    } catch (RuntimeException failure) {
      column.close();
      throw failure;
    }
  }

  private static Field field(String name, ElementType type, List<Integer> shape) {
    if (shape.isEmpty()) {
      return new Field(name, FieldType.notNullable(type.arrowType()), null);
    }
    return new Field(
        name,
        FieldType.notNullable(new ArrowType.FixedSizeList(shape.get(0))),
        List.of(field(ITEM, type, shape.subList(1, shape.size()))));
  }

  private static void finish(FieldVector column, int rows) {
    column.setValueCount(rows);
  }

  private static FieldVector leaf(FieldVector column) {
    FieldVector leaf = column;
    while (leaf instanceof FixedSizeListVector list) {
      leaf = list.getDataVector();
    }
    return leaf;
  }

  private static AcceleratorException input(String message) {
    return new AcceleratorException(Category.INPUT, message);
  }

  /** Elements between vectors and arrays. */
  private static final class Elements {

    private Elements() {}

    static void write(FieldVector leaf, ElementType type, Object array, int at, int count) {
      if (leaf instanceof BitVector bits) {
        boolean[] values = (boolean[]) array;
        for (int i = 0; i < count; i++) {
          bits.set(at + i, values[i] ? 1 : 0);
        }
        return;
      }
      if (leaf instanceof VarCharVector texts) {
        String[] values = (String[]) array;
        for (int i = 0; i < count; i++) {
          texts.setSafe(at + i, values[i].getBytes(StandardCharsets.UTF_8));
        }
        return;
      }
      ByteBuffer target = bytes(leaf, type, at, count);
      switch (type) {
        case INT8 -> target.put((byte[]) array, 0, count);
        case UINT8 -> {
          for (int i = 0; i < count; i++) {
            target.put((byte) ((short[]) array)[i]);
          }
        }
        case INT16 -> target.asShortBuffer().put((short[]) array, 0, count);
        case INT32 -> target.asIntBuffer().put((int[]) array, 0, count);
        case INT64 -> target.asLongBuffer().put((long[]) array, 0, count);
        case FLOAT32 -> target.asFloatBuffer().put((float[]) array, 0, count);
        case FLOAT64 -> target.asDoubleBuffer().put((double[]) array, 0, count);
        default -> throw new IllegalArgumentException("No vector of numbers is " + type);
      }
    }

    static Object read(FieldVector leaf, ElementType type, int at, int count) {
      Object array = TensorValue.array(type, count);
      if (leaf instanceof BitVector bits) {
        for (int i = 0; i < count; i++) {
          ((boolean[]) array)[i] = bits.get(at + i) != 0;
        }
        return array;
      }
      if (leaf instanceof VarCharVector texts) {
        for (int i = 0; i < count; i++) {
          ((String[]) array)[i] = new String(texts.get(at + i), StandardCharsets.UTF_8);
        }
        return array;
      }
      ByteBuffer source = bytes(leaf, type, at, count);
      switch (type) {
        case INT8 -> source.get((byte[]) array);
        case UINT8 -> {
          for (int i = 0; i < count; i++) {
            ((short[]) array)[i] = (short) Byte.toUnsignedInt(source.get());
          }
        }
        case INT16 -> source.asShortBuffer().get((short[]) array);
        case INT32 -> source.asIntBuffer().get((int[]) array);
        case INT64 -> source.asLongBuffer().get((long[]) array);
        case FLOAT32 -> source.asFloatBuffer().get((float[]) array);
        case FLOAT64 -> source.asDoubleBuffer().get((double[]) array);
        default -> throw new IllegalArgumentException("No vector of numbers is " + type);
      }
      return array;
    }

    private static ByteBuffer bytes(FieldVector leaf, ElementType type, int at, int count) {
      return leaf.getDataBuffer()
          .nioBuffer((long) at * type.bytes(), count * type.bytes())
          .order(ByteOrder.nativeOrder());
    }
  }
}
