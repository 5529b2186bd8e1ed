package dev.millrace.jobs.condition;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FloatingPointVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * A value in a condition, and how a column compares with it. A number compares with numbers, and
 * with texts that are numbers, as CSV has them; a text with texts, dates and times.
 */
public sealed interface Literal extends Serializable {

  /**
   * The order of a value that is there and this; null if the value is a text and no number where a
   * number is asked for.
   */
  @Nullable Integer compare(FieldVector vector, int row);

  /** The order of a text, as a file of texts has it, and this; null if the two do not compare. */
  @Nullable Integer compare(String there);

  /** Why a column cannot be compared with this, or null if it can be. */
  @Nullable String refusal(Field column);

  /** A number. */
  record Numeric(BigDecimal value) implements Literal {

    @Override
    public @Nullable Integer compare(FieldVector vector, int row) {
      if (vector instanceof FloatingPointVector floats) {
        double there = floats.getValueAsDouble(row);
        return Double.isFinite(there)
            ? Integer.valueOf(new BigDecimal(there).compareTo(exact(floats)))
            : Integer.valueOf(Double.compare(there, value.doubleValue()));
      }
      BigDecimal there = number(vector, row);
      return there == null ? null : there.compareTo(value);
    }

    /** The number as near as the column can have it: 0.1 is one number in a column of floats. */
    private BigDecimal exact(FloatingPointVector column) {
      return column instanceof org.apache.arrow.vector.Float4Vector
          ? new BigDecimal(value.floatValue())
          : new BigDecimal(value.doubleValue());
    }

    @Override
    public @Nullable Integer compare(String there) {
      BigDecimal number = number(there);
      return number == null ? null : number.compareTo(value);
    }

    private static @Nullable BigDecimal number(String text) {
      try {
        return new BigDecimal(text.strip());
      } catch (NumberFormatException noNumber) {
        return null;
      }
    }

    private static @Nullable BigDecimal number(FieldVector vector, int row) {
      if (vector instanceof VarCharVector texts) {
        return number(new String(texts.get(row), StandardCharsets.UTF_8));
      }
      if (vector instanceof UInt8Vector longs) {
        return new BigDecimal(new BigInteger(Long.toUnsignedString(longs.get(row))));
      }
      if (vector instanceof UInt4Vector ints) {
        return BigDecimal.valueOf(Integer.toUnsignedLong(ints.get(row)));
      }
      if (vector instanceof UInt2Vector chars) {
        return BigDecimal.valueOf(chars.get(row));
      }
      Object value = vector.getObject(row);
      return value instanceof BigDecimal decimal ? decimal : new BigDecimal(value.toString());
    }

    @Override
    public @Nullable String refusal(Field column) {
      return switch (column.getType().getTypeID()) {
        case Int, FloatingPoint, Decimal, Utf8 -> null;
        default -> "is " + column.getType() + ", which compares with no number";
      };
    }
  }

  /** A text, or a date or time in one. */
  record Text(String value) implements Literal {

    @Override
    public Integer compare(FieldVector vector, int row) {
      if (vector instanceof VarCharVector texts) {
        return new String(texts.get(row), StandardCharsets.UTF_8).compareTo(value);
      }
      Instant asked = instant(value);
      if (vector instanceof DateDayVector days) {
        return LocalDate.ofEpochDay(days.get(row))
            .atStartOfDay(ZoneOffset.UTC)
            .toInstant()
            .compareTo(asked);
      }
      if (vector instanceof DateMilliVector millis) {
        return Instant.ofEpochMilli(millis.get(row)).compareTo(asked);
      }
      TimeStampVector times = (TimeStampVector) vector;
      return at(times.get(row), ((ArrowType.Timestamp) times.getField().getType()).getUnit())
          .compareTo(asked);
    }

    @Override
    public Integer compare(String there) {
      return there.compareTo(value);
    }

    private static Instant at(long value, TimeUnit unit) {
      return switch (unit) {
        case SECOND -> Instant.ofEpochSecond(value);
        case MILLISECOND -> Instant.ofEpochMilli(value);
        case MICROSECOND ->
            Instant.ofEpochSecond(
                Math.floorDiv(value, 1_000_000L), Math.floorMod(value, 1_000_000L) * 1_000L);
        case NANOSECOND -> Instant.ofEpochSecond(0, value);
      };
    }

    private static Instant instant(String text) {
      String iso = text.strip().replace(' ', 'T');
      if (!iso.contains("T")) {
        return LocalDate.parse(iso).atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      return iso.matches(".*(Z|[+-]\\d\\d(:?\\d\\d)?)")
          ? OffsetDateTime.parse(iso).toInstant()
          : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
    }

    @Override
    public @Nullable String refusal(Field column) {
      return switch (column.getType().getTypeID()) {
        case Utf8 -> null;
        case Date, Timestamp -> {
          try {
            instant(value);
            yield null;
          } catch (DateTimeException noTime) {
            yield "is " + column.getType() + ", and '" + value + "' is no ISO-8601 date or time";
          }
        }
        default -> "is " + column.getType() + ", which compares with no text";
      };
    }
  }

  /** True or false. */
  record Truth(boolean value) implements Literal {

    @Override
    public Integer compare(FieldVector vector, int row) {
      return Boolean.compare(((BitVector) vector).get(row) != 0, value);
    }

    @Override
    public @Nullable Integer compare(String there) {
      boolean yes = there.strip().equalsIgnoreCase("true");
      return yes || there.strip().equalsIgnoreCase("false") ? Boolean.compare(yes, value) : null;
    }

    @Override
    public @Nullable String refusal(Field column) {
      return column.getType() instanceof ArrowType.Bool
          ? null
          : "is " + column.getType() + ", which is neither true nor false";
    }
  }
}
