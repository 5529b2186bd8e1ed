package dev.millrace.jobs.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.util.Text;

/**
 * A column's values as JSON: numbers and decimals as numbers, as exact as they are; dates and times
 * as ISO-8601, those with a zone in UTC; bytes in Base64; a map as an object if its keys are texts,
 * else as an array of objects with {@code key} and {@code value}; numbers that JSON has not, such
 * as NaN, as text.
 */
public final class JsonValues {

  private static final JsonMapper JSON_TEXT = new JsonMapper();
  private static final JsonFactory JSON = JSON_TEXT.getFactory();
  private static final long NANOS = 1_000_000_000L;

  private JsonValues() {}

  /** A value that is there as text: a text as it is, all others as JSON has them. */
  public static String asText(FieldVector vector, int row) throws IOException {
    if (vector instanceof VarCharVector texts) {
      return new String(texts.get(row), StandardCharsets.UTF_8);
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      write(json, vector, row);
    }
    String written = text.toString();
    return written.startsWith("\"") ? JSON_TEXT.readValue(written, String.class) : written;
  }

  /** Writes the value in a row. */
  public static void write(JsonGenerator json, FieldVector vector, int row) throws IOException {
    if (vector.isNull(row)) {
      json.writeNull();
    } else if (vector instanceof Float4Vector floats) {
      float value = floats.get(row);
      if (Float.isFinite(value)) {
        json.writeNumber(value);
      } else {
        json.writeString(Float.toString(value));
      }
    } else if (vector instanceof VarCharVector texts) {
      byte[] text = texts.get(row);
      json.writeString(new String(text, StandardCharsets.UTF_8));
    } else if (vector instanceof BitVector truths) {
      json.writeBoolean(truths.get(row) != 0);
    } else if (vector instanceof MapVector maps) {
      writeMap(json, maps, row);
    } else if (vector instanceof BaseListVector lists) {
      FieldVector items = lists.getChildrenFromFields().get(0);
      json.writeStartArray();
      for (int i = lists.getElementStartIndex(row); i < lists.getElementEndIndex(row); i++) {
        write(json, items, i);
      }
      json.writeEndArray();
    } else if (vector instanceof StructVector structs) {
      json.writeStartObject();
      for (FieldVector child : structs.getChildrenFromFields()) {
        json.writeFieldName(child.getName());
        write(json, child, row);
      }
      json.writeEndObject();
    } else if (vector instanceof TimeStampVector times) {
      json.writeString(time(times, row));
    } else if (vector instanceof BaseFixedWidthVector fixed && isClock(fixed)) {
      json.writeString(clock(fixed, row));
    } else {
      writeObject(json, vector, row);
    }
  }

  private static void writeMap(JsonGenerator json, MapVector maps, int row) throws IOException {
    StructVector entries = (StructVector) maps.getDataVector();
    FieldVector keys = entries.getChildrenFromFields().get(0);
    FieldVector values = entries.getChildrenFromFields().get(1);
    boolean texts = keys instanceof VarCharVector;
    if (texts) {
      json.writeStartObject();
    } else {
      json.writeStartArray();
    }
    for (int i = maps.getElementStartIndex(row); i < maps.getElementEndIndex(row); i++) {
      if (texts) {
        json.writeFieldName(String.valueOf(keys.getObject(i)));
        write(json, values, i);
      } else {
        json.writeStartObject();
        json.writeFieldName("key");
        write(json, keys, i);
        json.writeFieldName("value");
        write(json, values, i);
        json.writeEndObject();
      }
    }
    if (texts) {
      json.writeEndObject();
    } else {
      json.writeEndArray();
    }
  }

  /** A moment, in UTC if the column has a zone and without one if it has none. */
  private static String time(TimeStampVector times, int row) {
    ArrowType.Timestamp type = (ArrowType.Timestamp) times.getField().getType();
    long value = times.get(row);
    long units = perSecond(type.getUnit());
    Instant instant =
        Instant.ofEpochSecond(
            Math.floorDiv(value, units), Math.floorMod(value, units) * (NANOS / units));
    return type.getTimezone() == null
        ? instant.atOffset(ZoneOffset.UTC).toLocalDateTime().toString()
        : instant.toString();
  }

  static long perSecond(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> NANOS;
    };
  }

  private static boolean isClock(BaseFixedWidthVector vector) {
    return vector instanceof DateDayVector
        || vector instanceof DateMilliVector
        || vector instanceof TimeSecVector
        || vector instanceof TimeMilliVector
        || vector instanceof TimeMicroVector
        || vector instanceof TimeNanoVector;
  }

  private static String clock(BaseFixedWidthVector vector, int row) {
    if (vector instanceof DateDayVector days) {
      return LocalDate.ofEpochDay(days.get(row)).toString();
    }
    if (vector instanceof DateMilliVector millis) {
      return Instant.ofEpochMilli(millis.get(row))
          .atOffset(ZoneOffset.UTC)
          .toLocalDateTime()
          .toString();
    }
    long nanos;
    if (vector instanceof TimeSecVector seconds) {
      nanos = seconds.get(row) * NANOS;
    } else if (vector instanceof TimeMilliVector millis) {
      nanos = millis.get(row) * 1_000_000L;
    } else if (vector instanceof TimeMicroVector micros) {
      nanos = micros.get(row) * 1_000L;
    } else {
      nanos = ((TimeNanoVector) vector).get(row);
    }
    return LocalTime.ofNanoOfDay(nanos).toString();
  }

  private static void writeObject(JsonGenerator json, FieldVector vector, int row)
      throws IOException {
    if (vector instanceof UInt1Vector bytes) {
      json.writeNumber(Byte.toUnsignedInt(bytes.get(row)));
    } else if (vector instanceof UInt2Vector shorts) {
      json.writeNumber((int) shorts.get(row));
    } else if (vector instanceof UInt4Vector ints) {
      json.writeNumber(Integer.toUnsignedLong(ints.get(row)));
    } else if (vector instanceof UInt8Vector longs) {
      json.writeNumber(new java.math.BigInteger(Long.toUnsignedString(longs.get(row))));
    } else {
      Object value = vector.getObject(row);
      if (value instanceof Double number) {
        if (Double.isFinite(number)) {
          json.writeNumber(number);
        } else {
          json.writeString(number.toString());
        }
      } else if (value instanceof BigDecimal decimal) {
        json.writeNumber(decimal.toPlainString());
      } else if (value instanceof byte[] bytes) {
        json.writeBinary(bytes);
      } else if (value instanceof Integer
          || value instanceof Long
          || value instanceof Short
          || value instanceof Byte) {
        json.writeNumber(((Number) value).longValue());
      } else if (value instanceof Text text) {
        json.writeString(text.toString());
      } else {
        json.writeString(String.valueOf(value));
      }
    }
  }
}
