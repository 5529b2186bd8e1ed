package dev.millrace.schemas;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.jspecify.annotations.Nullable;

/** Makes records of any schema, with a liking for the values that break things. */
final class RandomRecords {

  private static final List<String> PIECES =
      List.of(
          "",
          "a",
          "é",
          "ß",
          "日本",
          "\uD83D\uDE00",
          "\uD834\uDD1E",
          "\u0000",
          "e\u0301",
          "\uFFFF",
          " ");
  private static final long[] LONGS = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
  private static final double[] DOUBLES = {
    0, -0.0, Double.NaN, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Double.MAX_VALUE
  };

  private final GenericData data;
  private final Random random;

  RandomRecords(GenericData data, Random random) {
    this.data = data;
    this.random = random;
  }

  IndexedRecord record(Schema schema) {
    IndexedRecord record = (IndexedRecord) data.newRecord(null, schema);
    for (Schema.Field field : schema.getFields()) {
      record.put(field.pos(), value(field.schema()));
    }
    return record;
  }

  private @Nullable Object value(Schema schema) {
    boolean edge = random.nextInt(4) == 0;
    return switch (schema.getType()) {
      case STRING -> string(edge ? 500 : 5);
      case BYTES -> {
        byte[] bytes = new byte[random.nextInt(edge ? 5000 : 4)];
        random.nextBytes(bytes);
        yield ByteBuffer.wrap(bytes);
      }
      case INT -> edge ? (int) LONGS[random.nextInt(LONGS.length)] : random.nextInt();
      case LONG -> {
        long number = edge ? LONGS[random.nextInt(LONGS.length)] : random.nextLong();
        yield schema.getLogicalType() instanceof LogicalTypes.TimestampMillis
            ? (Object) Instant.ofEpochMilli(number)
            : (Object) number;
      }
      case FLOAT -> edge ? (float) DOUBLES[random.nextInt(DOUBLES.length)] : random.nextFloat();
      case DOUBLE -> edge ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextGaussian();
      case BOOLEAN -> random.nextBoolean();
      case ENUM ->
          data.createEnum(
              schema.getEnumSymbols().get(random.nextInt(schema.getEnumSymbols().size())), schema);
      case ARRAY -> {
        int size = edge ? random.nextInt(40) : random.nextInt(3);
        List<@Nullable Object> items = new ArrayList<>();
        IntStream.range(0, size).forEach(i -> items.add(value(schema.getElementType())));
        yield items;
      }
      case UNION -> value(schema.getTypes().get(random.nextInt(schema.getTypes().size())));
      case RECORD -> record(schema);
      case NULL -> null;
      case MAP, FIXED -> throw new IllegalArgumentException(schema.toString());
    };
  }

  private String string(int most) {
    StringBuilder text = new StringBuilder();
    random
        .ints(random.nextInt(most), 0, PIECES.size())
        .forEach(piece -> text.append(PIECES.get(piece)));
    return text.toString();
  }
}
