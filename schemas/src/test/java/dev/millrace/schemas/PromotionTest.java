package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What type is read from a column of what other: all pairs, with Avro as the reference. */
@ExtendWith(ArrowMemory.class)
class PromotionTest {

  private static final String ENUM =
      "{\"type\": \"enum\", \"name\": \"E\", \"symbols\": [\"A\", \"B\"]}";

  private static final String STRING = "\"string\"";
  private static final String BYTES = "\"bytes\"";

  private static final List<String> TYPES =
      List.of(
          STRING,
          BYTES,
          "\"int\"",
          "\"long\"",
          "\"float\"",
          "\"double\"",
          "\"boolean\"",
          "{\"type\": \"long\", \"logicalType\": \"timestamp-millis\"}",
          ENUM,
          "{\"type\": \"array\", \"items\": \"int\"}",
          // Not double: Avro 1.12.2 takes a list of few ints for too short to be one of doubles.
          "{\"type\": \"array\", \"items\": \"long\"}",
          "{\"type\": \"record\", \"name\": \"N\", \"fields\": [{\"name\": \"x\", \"type\": \"float\"}]}");

  static Stream<Arguments> pairs() {
    return TYPES.stream().flatMap(w -> TYPES.stream().map(r -> Arguments.of(w, r)));
  }

  @ParameterizedTest(name = "{0} read as {1}")
  @MethodSource("pairs")
  void readsWhatAvroReads(String written, String read, BufferAllocator allocator) {
    Schema writer = RecordLayoutTest.record("{\"name\": \"f\", \"type\": %s}".formatted(written));
    Schema reader = RecordLayoutTest.record("{\"name\": \"f\", \"type\": %s}".formatted(read));
    RecordLayout<GenericRecord> from = RecordLayout.of(writer);
    RecordLayout<GenericRecord> to = RecordLayout.of(reader);
    boolean compatible =
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType()
            == SchemaCompatibilityType.COMPATIBLE;
    // A column does not say that its strings are of an enum.
    boolean symbols =
        Set.of(List.of(ENUM, STRING), List.of(ENUM, BYTES), List.of(STRING, ENUM))
            .contains(List.of(written, read));
    Seeds.each(
        2,
        random -> {
          List<GenericRecord> records = records(writer, random);
          if (compatible) {
            List<Object> expected = new ArrayList<>();
            for (GenericRecord record : records) {
              expected.add(Wire.throughAvro(record, reader, Wire.generic()));
            }
            Wire.assertSame("promoted", Wire.throughArrow(from, records, to, allocator), expected);
          } else if (!symbols) {
            assertThatThrownBy(() -> Wire.throughArrow(from, records, to, allocator))
                .isInstanceOf(RecordLayoutException.class)
                .hasMessageStartingWith("Record t.R, field f")
                .hasMessageContaining("the Avro type ")
                .hasMessageContaining(" cannot be read from a column of the Arrow type ");
          }
        });
  }

  private static List<GenericRecord> records(Schema schema, Random random) {
    RandomRecords records = new RandomRecords(Wire.generic(), random);
    return Stream.generate(() -> (GenericRecord) records.record(schema)).limit(10).toList();
  }

  @Test
  void theMessageNamesBothTypes(BufferAllocator allocator) {
    assertThatThrownBy(
            () ->
                read(
                    "{\"name\": \"f\", \"type\": \"int\"}", new ArrowType.Int(64, true), allocator))
        .hasMessageStartingWith(
            "Record t.R, field f: the Avro type int cannot be read from a column of the Arrow type"
                + " Int(64, true).");
  }

  @ParameterizedTest
  @CsvSource({"MICROSECOND, UTC", "NANOSECOND, UTC", "SECOND, UTC", "MILLISECOND,"})
  void otherTimesAreRefusedNotMisread(TimeUnit unit, String zone, BufferAllocator allocator) {
    String time =
        "{\"name\": \"f\", \"type\": {\"type\": \"long\", \"logicalType\": \"timestamp-millis\"}}";
    assertThatThrownBy(() -> read(time, new ArrowType.Timestamp(unit, zone), allocator))
        .hasMessageContaining("the Avro type timestamp-millis cannot be read from");
  }

  @Test
  void aDictionaryIsRefusedNotMisread(BufferAllocator allocator) {
    Schema reader = RecordLayoutTest.record("{\"name\": \"f\", \"type\": \"int\"}");
    ArrowType.Int index = DictionaryEncoder.getIndexType(1 << 20);
    DictionaryEncoding encoding = new DictionaryEncoding(1, false, index);
    FieldVector column =
        new Field("f", new FieldType(true, index, encoding), null).createVector(allocator);
    try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(column))) {
      assertThatThrownBy(() -> RecordLayout.of(reader).reader(root))
          .hasMessageContaining("with a dictionary. Decode the dictionary first.");
    }
  }

  @Test
  void aMissingColumnWithoutDefault(BufferAllocator allocator) {
    assertThatThrownBy(
            () ->
                read(
                    "{\"name\": \"g\", \"type\": \"int\"}", new ArrowType.Int(32, true), allocator))
        .hasMessage(
            "Record t.R, field g: there is no such column, and the field (Avro type int) has no"
                + " default. Give the field a default, or write the column.");
  }

  @Test
  void aColumnIsFoundByAlias(BufferAllocator allocator) {
    String field = "{\"name\": \"g\", \"aliases\": [\"e\", \"f\"], \"type\": [\"null\", \"int\"]}";
    assertThat(read(field, new ArrowType.Int(32, true), allocator).get("g")).isNull();
  }

  @Test
  void aNullWhereTheReaderHasNone(BufferAllocator allocator) {
    assertThatThrownBy(
            () ->
                read(
                    "{\"name\": \"f\", \"type\": \"int\"}", new ArrowType.Int(32, true), allocator))
        .hasMessage(
            "Row 0: Record t.R, field f: the column is null here, but the type int has no null.");
  }

  @Test
  void anUnknownSymbolWithoutDefault(BufferAllocator allocator) {
    Schema writer = RecordLayoutTest.record("{\"name\": \"f\", \"type\": \"string\"}");
    Schema reader = RecordLayoutTest.record("{\"name\": \"f\", \"type\": %s}".formatted(ENUM));
    GenericRecord record = new GenericData.Record(writer);
    record.put("f", "C");
    assertThatThrownBy(
            () ->
                Wire.throughArrow(
                    RecordLayout.of(writer), List.of(record), RecordLayout.of(reader), allocator))
        .hasMessage(
            "Row 0: Record t.R, field f: the enum E has no symbol \"C\" and no default for it. Its"
                + " symbols are [A, B]. Give the enum a default.");
  }

  /** Reads the only row, which is null, of the only column, which is called f. */
  private static GenericRecord read(String field, ArrowType type, BufferAllocator allocator) {
    FieldVector column = Field.nullable("f", type).createVector(allocator);
    try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(column))) {
      root.allocateNew();
      root.setRowCount(1);
      return RecordLayout.of(RecordLayoutTest.record(field)).read(root, 0);
    }
  }
}
