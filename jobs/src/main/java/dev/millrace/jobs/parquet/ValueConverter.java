package dev.millrace.jobs.parquet;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.PrimitiveConverter;

/** Sets the values of one vector; {@code after} is told of each. */
final class ValueConverter extends PrimitiveConverter {
  private static final long NANOS_OF_DAY = 86_400_000_000_000L;
  private static final long JULIAN_DAY_OF_1970 = 2_440_588;
  private final FieldVector vector;
  private final ColumnConverters.Place place;
  private final Runnable after;

  ValueConverter(FieldVector vector, ColumnConverters.Place place, Runnable after) {
    this.vector = vector;
    this.place = place;
    this.after = after;
  }

  @Override
  public void addBoolean(boolean value) {
    ((BitVector) vector).setSafe(place.at(), value ? 1 : 0);
    after.run();
  }

  @Override
  public void addFloat(float value) {
    ((Float4Vector) vector).setSafe(place.at(), value);
    after.run();
  }

  @Override
  public void addDouble(double value) {
    ((Float8Vector) vector).setSafe(place.at(), value);
    after.run();
  }

  @Override
  public void addInt(int value) {
    setNumber(value);
    after.run();
  }

  @Override
  public void addLong(long value) {
    setNumber(value);
    after.run();
  }

  private void setNumber(long value) {
    int at = place.at();
    if (vector instanceof DecimalVector || vector instanceof Decimal256Vector) {
      setDecimal(at, BigInteger.valueOf(value));
      return;
    }
    // Numbers, dates and times are laid out alike, by their width.
    BaseFixedWidthVector fixed = (BaseFixedWidthVector) vector;
    while (at >= fixed.getValueCapacity()) {
      fixed.reAlloc();
    }
    fixed.setIndexDefined(at);
    int width = fixed.getTypeWidth();
    long offset = (long) at * width;
    switch (width) {
      case Byte.BYTES -> fixed.getDataBuffer().setByte(offset, (byte) value);
      case Short.BYTES -> fixed.getDataBuffer().setShort(offset, (short) value);
      case Integer.BYTES -> fixed.getDataBuffer().setInt(offset, (int) value);
      default -> fixed.getDataBuffer().setLong(offset, value);
    }
  }

  private void setDecimal(int at, BigInteger unscaled) {
    ArrowType.Decimal type = (ArrowType.Decimal) vector.getField().getType();
    BigDecimal value = new BigDecimal(unscaled, type.getScale());
    if (vector instanceof DecimalVector decimals) {
      decimals.setSafe(at, value);
    } else {
      ((Decimal256Vector) vector).setSafe(at, value);
    }
  }

  @Override
  public void addBinary(Binary value) {
    int at = place.at();
    if (vector instanceof VarCharVector texts) {
      ByteBuffer bytes = value.toByteBuffer();
      texts.setSafe(at, bytes, bytes.position(), bytes.remaining());
    } else if (vector instanceof VarBinaryVector binaries) {
      ByteBuffer bytes = value.toByteBuffer();
      binaries.setSafe(at, bytes, bytes.position(), bytes.remaining());
    } else if (vector instanceof FixedSizeBinaryVector fixed) {
      fixed.setSafe(at, value.getBytes());
    } else if (vector instanceof Float2Vector halves) {
      halves.setSafe(at, value.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getShort());
    } else if (vector instanceof DecimalVector || vector instanceof Decimal256Vector) {
      setDecimal(at, new BigInteger(value.getBytes()));
    } else {
      // A time in 96 bits, as Impala and Hive wrote it: nanoseconds of the day, Julian day.
      ByteBuffer bytes = value.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      long nanos = bytes.getLong(bytes.position());
      long day = bytes.getInt(bytes.position() + Long.BYTES) - JULIAN_DAY_OF_1970;
      setNumber(Math.addExact(Math.multiplyExact(day, NANOS_OF_DAY), nanos));
    }
    after.run();
  }
}
