package dev.millrace.jobs.parquet;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
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
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.util.Text;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.api.Binary;

/** Takes values from vectors to Parquet's columns, as {@link ToParquet} has their types. */
final class ParquetValues {

  private static final long MILLIS = 1_000;

  private ParquetValues() {}

  /** Writes a value, which is not null and has nothing below it, with its levels. */
  static void write(ColumnWriter to, FieldVector vector, int row, int repetition, int definition) {
    if (vector instanceof Float4Vector floats) {
      to.write(floats.get(row), repetition, definition);
    } else if (vector instanceof Float8Vector doubles) {
      to.write(doubles.get(row), repetition, definition);
    } else if (vector instanceof BitVector truths) {
      to.write(truths.get(row) != 0, repetition, definition);
    } else if (vector instanceof BaseFixedWidthVector fixed
        && isNumber(vector.getField().getType())) {
      long value = number(fixed, row);
      if (isWide(vector.getField().getType())) {
        to.write(value, repetition, definition);
      } else {
        to.write((int) value, repetition, definition);
      }
    } else {
      to.write(binary(vector, row), repetition, definition);
    }
  }

  private static Binary binary(FieldVector vector, int row) {
    if (vector instanceof VarCharVector texts) {
      return Binary.fromConstantByteArray(texts.get(row));
    }
    if (vector instanceof Float2Vector halves) {
      return Binary.fromConstantByteBuffer(
          ByteBuffer.allocate(Short.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putShort(0, halves.get(row)));
    }
    Object value = vector.getObject(row);
    if (vector.getField().getType() instanceof ArrowType.Decimal decimal) {
      return decimal(decimal, (BigDecimal) value);
    }
    return value instanceof Text text
        ? Binary.fromConstantByteArray(text.copyBytes())
        : value instanceof byte[] bytes
            ? Binary.fromConstantByteArray(bytes)
            : Binary.fromString(String.valueOf(value));
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
