package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.schemas.Variants.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every version of a record is read by every other, as Avro and as Arrow alike. What Avro's schema
 * resolution makes of a record is the reference for what comes out of its columns.
 */
@ExtendWith(ArrowMemory.class)
class EvolutionTest {

  @ParameterizedTest
  @ValueSource(
      classes = {
        EveryType.class,
        Interaction.class,
        Item.class,
        Recommendation.class,
        DeadLetter.class
      })
  void everyVersionReadsEveryOther(
      Class<? extends SpecificRecord> type, BufferAllocator allocator) {
    List<Variant> variants = Variants.of(SpecificData.get().getSchema(type));
    Seeds.each(
        2,
        random -> {
          for (Variant writer : variants) {
            RecordLayout<GenericRecord> layout = RecordLayout.of(writer.schema());
            List<GenericRecord> records = records(writer.schema(), random);
            for (Variant reader : variants) {
              assertCompatible(reader, writer);
              Wire.assertSame(
                  "%s written, %s read".formatted(writer, reader),
                  Wire.throughArrow(layout, records, RecordLayout.of(reader.schema()), allocator),
                  expected(records, reader.schema()));
            }
          }
        });
  }

  private static List<Object> expected(List<GenericRecord> records, Schema reader)
      throws Exception {
    List<Object> expected = new ArrayList<>();
    for (GenericRecord record : records) {
      expected.add(Wire.throughAvro(record, reader, Wire.generic()));
    }
    return expected;
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        EveryType.class,
        Interaction.class,
        Item.class,
        Recommendation.class,
        DeadLetter.class
      })
  void theClassReadsOlderAndNewerRecords(
      Class<? extends SpecificRecord> type, BufferAllocator allocator) {
    classReads(RecordLayout.of(type), type, allocator);
  }

  private static <T extends IndexedRecord> void classReads(
      RecordLayout<T> layout, Class<? extends SpecificRecord> type, BufferAllocator allocator) {
    Seeds.each(
        2,
        random -> {
          for (Variant writer : Variants.of(layout.avroSchema())) {
            for (GenericRecord record : records(writer.schema(), random)) {
              List<T> read =
                  Wire.throughArrow(
                      RecordLayout.of(writer.schema()), List.of(record), layout, allocator);
              assertThat(read).first().isInstanceOf(type);
              Wire.assertSame(
                  "%s written".formatted(writer),
                  read,
                  List.of(Wire.throughAvro(record, layout.avroSchema(), Wire.specific())));
            }
          }
        });
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        EveryType.class,
        Interaction.class,
        Item.class,
        Recommendation.class,
        DeadLetter.class
      })
  void olderAndNewerReadersReadTheClass(
      Class<? extends SpecificRecord> type, BufferAllocator allocator) {
    readsClass(RecordLayout.of(type), allocator);
  }

  private static <T extends IndexedRecord> void readsClass(
      RecordLayout<T> layout, BufferAllocator allocator) {
    Seeds.each(
        2,
        random -> {
          RandomRecords source = new RandomRecords(Wire.specific(), random);
          for (Variant reader : Variants.of(layout.avroSchema())) {
            @SuppressWarnings("unchecked")
            T record = (T) source.record(layout.avroSchema());
            GenericRecord generic = Wire.generic(record);
            Wire.assertSame(
                "%s read".formatted(reader),
                Wire.throughArrow(
                    layout, List.of(record), RecordLayout.of(reader.schema()), allocator),
                expected(List.of(generic), reader.schema()));
          }
        });
  }

  private static void assertCompatible(Variant reader, Variant writer) {
    assertThat(
            SchemaCompatibility.checkReaderWriterCompatibility(reader.schema(), writer.schema())
                .getType())
        .as("written %s, read %s", writer, reader)
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
  }

  private static List<GenericRecord> records(Schema schema, Random random) {
    RandomRecords records = new RandomRecords(Wire.generic(), random);
    return Stream.generate(() -> (GenericRecord) records.record(schema)).limit(3).toList();
  }
}
