package dev.millrace.jobs.parquet;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.util.Text;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** Takes values from vectors to Parquet's columns, as {@link ToParquet} has their types. */
final class ParquetValues {

  private static final long MILLIS = 1_000;

  private ParquetValues() {}

  /** Writes a field of a group, which is left out where it is null. */
  static void writeField(RecordConsumer to, String name, int index, FieldVector vector, int row) {
    if (!vector.isNull(row)) {
      to.startField(name, index);
      write(to, vector, row);
      to.endField(name, index);
    }
  }

  private static void write(RecordConsumer to, FieldVector vector, int row) {
    if (vector instanceof MapVector maps) {
      writeMap(to, maps, row);
    } else if (vector instanceof BaseListVector lists) {
      writeList(to, lists, row);
    } else if (vector instanceof StructVector structs) {
      to.startGroup();
      List<FieldVector> children = structs.getChildrenFromFields();
      for (int i = 0; i < children.size(); i++) {
        writeField(to, children.get(i).getName(), i, children.get(i), row);
      }
      to.endGroup();
    } else if (vector instanceof Float4Vector floats) {
      to.addFloat(floats.get(row));
    } else if (vector instanceof Float8Vector doubles) {
      to.addDouble(doubles.get(row));
    } else if (vector instanceof VarCharVector texts) {
      to.addBinary(Binary.fromConstantByteArray(texts.get(row)));
    } else if (vector instanceof BitVector truths) {
      to.addBoolean(truths.get(row) != 0);
    } else if (vector instanceof Float2Vector halves) {
      to.addBinary(
          Binary.fromConstantByteBuffer(
              ByteBuffer.allocate(Short.BYTES)
                  .order(ByteOrder.LITTLE_ENDIAN)
                  .putShort(0, halves.get(row))));
    } else {
      writeOther(to, vector, row);
    }
  }

  private static void writeList(RecordConsumer to, BaseListVector lists, int row) {
    int from = lists.getElementStartIndex(row);
    int until = lists.getElementEndIndex(row);
    FieldVector items = lists.getChildrenFromFields().get(0);
    to.startGroup();
    if (until > from) {
      to.startField("list", 0);
      for (int i = from; i < until; i++) {
        to.startGroup();
        writeField(to, "element", 0, items, i);
        to.endGroup();
      }
      to.endField("list", 0);
    }
    to.endGroup();
  }

  private static void writeMap(RecordConsumer to, MapVector maps, int row) {
    int from = maps.getElementStartIndex(row);
    int until = maps.getElementEndIndex(row);
    List<FieldVector> entry = ((StructVector) maps.getDataVector()).getChildrenFromFields();
    to.startGroup();
    if (until > from) {
      to.startField("key_value", 0);
      for (int i = from; i < until; i++) {
        to.startGroup();
        writeField(to, "key", 0, entry.get(0), i);
        writeField(to, "value", 1, entry.get(1), i);
        to.endGroup();
      }
      to.endField("key_value", 0);
    }
    to.endGroup();
  }

  private static void writeOther(RecordConsumer to, FieldVector vector, int row) {
    ArrowType type = vector.getField().getType();
    if (type instanceof ArrowType.Decimal decimal) {
      to.addBinary(decimal(decimal, (BigDecimal) vector.getObject(row)));
      return;
    }
    if (vector instanceof BaseFixedWidthVector fixed && isNumber(type)) {
      long value = number(fixed, row);
      if (isWide(type)) {
        to.addLong(value);
      } else {
        to.addInteger((int) value);
      }
      return;
    }
    Object value = vector.getObject(row);
    to.addBinary(
        value instanceof Text text
            ? Binary.fromConstantByteArray(text.copyBytes())
            : value instanceof byte[] bytes
                ? Binary.fromConstantByteArray(bytes)
                : Binary.fromString(String.valueOf(value)));
  }

  private static Binary decimal(ArrowType.Decimal type, BigDecimal value) {
    byte[] number = value.unscaledValue().toByteArray();
    int bytes = (int) Math.ceil((type.getPrecision() * Math.log(10) / Math.log(2) + 1) / 8);
    byte[] padded = new byte[bytes];
    Arrays.fill(padded, (byte) (number[0] < 0 ? -1 : 0));
    System.arraycopy(number, 0, padded, bytes - number.length, number.length);
    return Binary.fromConstantByteArray(padded);
  }

  private static boolean isNumber(ArrowType type) {
    return type instanceof ArrowType.Int
        || type instanceof ArrowType.Date
        || type instanceof ArrowType.Time
        || type instanceof ArrowType.Timestamp;
  }

  private static boolean isWide(ArrowType type) {
    if (type instanceof ArrowType.Int number) {
      return number.getBitWidth() == Long.SIZE;
    }
    if (type instanceof ArrowType.Time time) {
      return time.getBitWidth() == Long.SIZE;
    }
    return type instanceof ArrowType.Timestamp
        || ((ArrowType.Date) type).getUnit() == org.apache.arrow.vector.types.DateUnit.MILLISECOND;
  }

  private static long number(BaseFixedWidthVector vector, int row) {
    long at = (long) row * vector.getTypeWidth();
    long value =
        switch (vector.getTypeWidth()) {
          case Byte.BYTES -> vector.getDataBuffer().getByte(at);
          case Short.BYTES -> vector.getDataBuffer().getShort(at);
          case Integer.BYTES -> vector.getDataBuffer().getInt(at);
          default -> vector.getDataBuffer().getLong(at);
        };
    if (vector instanceof UInt1Vector) {
      return value & 0xFF;
    }
    if (vector instanceof UInt2Vector) {
      return value & 0xFFFF;
    }
    boolean seconds =
        vector instanceof TimeSecVector
            || (vector instanceof TimeStampVector
                && ((ArrowType.Timestamp) vector.getField().getType()).getUnit()
                    == TimeUnit.SECOND);
    return seconds ? Math.multiplyExact(value, MILLIS) : value;
  }
}
