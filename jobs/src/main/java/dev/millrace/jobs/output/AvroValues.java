package dev.millrace.jobs.output;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.util.Text;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;

/** Writes a column's values as an Avro type that {@link AvroTypes} found for it. */
final class AvroValues {

  private AvroValues() {}

  static void write(Encoder out, Schema avro, FieldVector vector, int row) throws IOException {
    Schema type = avro;
    if (avro.isUnion()) {
      int branch = branch(avro, vector.isNull(row));
      out.writeIndex(branch);
      type = avro.getTypes().get(branch);
    } else if (vector.isNull(row) && avro.getType() != Schema.Type.NULL) {
      throw new IOException(
          "The column '"
              + vector.getName()
              + "' is null here, and its type "
              + avro
              + " has none.");
    }
    switch (type.getType()) {
      case NULL -> out.writeNull();
      case BOOLEAN -> out.writeBoolean(((BitVector) vector).get(row) != 0);
      case STRING -> out.writeString(text(vector, row));
      case ENUM -> out.writeEnum(type.getEnumOrdinal(text(vector, row)));
      case BYTES -> out.writeBytes(bytes(type, vector, row));
      case FIXED -> out.writeFixed(fixed(type, vector, row));
      case INT -> out.writeInt((int) integer(vector, row));
      case LONG -> out.writeLong(integer(vector, row));
      case FLOAT ->
          out.writeFloat(
              vector instanceof Float2Vector halves
                  ? halves.getValueAsFloat(row)
                  : ((Float4Vector) vector).get(row));
      case DOUBLE -> out.writeDouble(((Float8Vector) vector).get(row));
      case RECORD -> writeRecord(out, type, (StructVector) vector, row);
      case ARRAY -> writeArray(out, type, (BaseListVector) vector, row);
      case MAP -> writeMap(out, type, (BaseListVector) vector, row);
      case UNION -> throw new IOException("a union in a union");
    }
  }

  private static int branch(Schema union, boolean isNull) {
    List<Schema> types = union.getTypes();
    for (int i = 0; i < types.size(); i++) {
      if ((types.get(i).getType() == Schema.Type.NULL) == isNull) {
        return i;
      }
    }
    throw new IllegalStateException("The union " + union + " has no branch for it.");
  }

  private static String text(FieldVector vector, int row) {
    if (vector instanceof VarCharVector texts) {
      return new String(texts.get(row), java.nio.charset.StandardCharsets.UTF_8);
    }
    Object value = vector.getObject(row);
    return value instanceof Text text ? text.toString() : String.valueOf(value);
  }

  private static ByteBuffer bytes(Schema type, FieldVector vector, int row) {
    if (type.getLogicalType() instanceof LogicalTypes.Decimal) {
      return ByteBuffer.wrap(unscaled(vector, row).toByteArray());
    }
    return ByteBuffer.wrap((byte[]) vector.getObject(row));
  }

  private static byte[] fixed(Schema type, FieldVector vector, int row) {
    Object value = vector.getObject(row);
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    byte[] number = unscaled(vector, row).toByteArray();
    byte[] padded = new byte[type.getFixedSize()];
    Arrays.fill(padded, (byte) (number[0] < 0 ? -1 : 0));
    System.arraycopy(number, 0, padded, padded.length - number.length, number.length);
    return padded;
  }

  private static BigInteger unscaled(FieldVector vector, int row) {
    if (vector instanceof UInt8Vector longs) {
      return new BigInteger(Long.toUnsignedString(longs.get(row)));
    }
    return ((BigDecimal) vector.getObject(row)).unscaledValue();
  }

  /** Integers, and the dates and times that are laid out as such. */
  private static long integer(FieldVector vector, int row) {
    if (vector instanceof TinyIntVector bytes) {
      return bytes.get(row);
    }
    if (vector instanceof SmallIntVector shorts) {
      return shorts.get(row);
    }
    if (vector instanceof UInt1Vector bytes) {
      return Byte.toUnsignedInt(bytes.get(row));
    }
    if (vector instanceof UInt2Vector chars) {
      return chars.get(row);
    }
    if (vector instanceof UInt4Vector ints) {
      return Integer.toUnsignedLong(ints.get(row));
    }
    BaseFixedWidthVector fixed = (BaseFixedWidthVector) vector;
    long value =
        fixed.getTypeWidth() == Integer.BYTES
            ? fixed.getDataBuffer().getInt((long) row * Integer.BYTES)
            : fixed.getDataBuffer().getLong((long) row * Long.BYTES);
    boolean seconds =
        vector instanceof TimeSecVector
            || (vector instanceof TimeStampVector times
                && ((ArrowType.Timestamp) times.getField().getType()).getUnit() == TimeUnit.SECOND);
    return seconds ? Math.multiplyExact(value, 1_000L) : value;
  }

  private static void writeRecord(Encoder out, Schema type, StructVector structs, int row)
      throws IOException {
    List<FieldVector> children = structs.getChildrenFromFields();
    for (Schema.Field field : type.getFields()) {
      write(out, field.schema(), children.get(field.pos()), row);
    }
  }

  private static void writeArray(Encoder out, Schema type, BaseListVector lists, int row)
      throws IOException {
    FieldVector items = lists.getChildrenFromFields().get(0);
    int from = lists.getElementStartIndex(row);
    int to = lists.getElementEndIndex(row);
    out.writeArrayStart();
    out.setItemCount(to - from);
    if (items instanceof Float4Vector floats
        && type.getElementType().getType() == Schema.Type.FLOAT) {
      for (int i = from; i < to; i++) {
        out.startItem();
        out.writeFloat(floats.get(i));
      }
    } else {
      for (int i = from; i < to; i++) {
        out.startItem();
        write(out, type.getElementType(), items, i);
      }
    }
    out.writeArrayEnd();
  }

  private static void writeMap(Encoder out, Schema type, BaseListVector maps, int row)
      throws IOException {
    StructVector entries = (StructVector) maps.getChildrenFromFields().get(0);
    FieldVector keys = entries.getChildrenFromFields().get(0);
    FieldVector values = entries.getChildrenFromFields().get(1);
    int from = maps.getElementStartIndex(row);
    int to = maps.getElementEndIndex(row);
    out.writeMapStart();
    out.setItemCount(to - from);
    for (int i = from; i < to; i++) {
      out.startItem();
      out.writeString(text(keys, i));
      write(out, type.getValueType(), values, i);
    }
    out.writeMapEnd();
  }
}
