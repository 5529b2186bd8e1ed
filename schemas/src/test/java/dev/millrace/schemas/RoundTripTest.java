package dev.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ArrowMemory.class)
class RoundTripTest {

  @ParameterizedTest
  @ValueSource(
      classes = {
        EveryType.class,
        Interaction.class,
        Item.class,
        Recommendation.class,
        DeadLetter.class
      })
  void whatWasWrittenIsRead(Class<? extends SpecificRecord> type, BufferAllocator allocator) {
    RecordLayout<? extends SpecificRecord> layout = RecordLayout.of(type);
    Seeds.each(20, random -> whatWasWrittenIsRead(layout, type, random, allocator));
  }

  private static <T extends IndexedRecord> void whatWasWrittenIsRead(
      RecordLayout<T> layout,
      Class<? extends SpecificRecord> type,
      Random random,
      BufferAllocator allocator)
      throws Exception {
    List<T> records = records(layout, random, random.nextInt(60));
    try (VectorSchemaRoot root = layout.write(records, allocator)) {
      assertThat(root.getSchema()).isEqualTo(layout.arrowSchema());
      Wire.assertSame("vectors", layout.reader(root).rows(), records);
    }
    List<T> read = Wire.throughArrow(layout, records, layout, allocator);
    Wire.assertSame("IPC", read, records);
    assertThat(read).allMatch(type::isInstance);
  }

  @Test
  void aListOfManyItemsAndEmptyOnes(BufferAllocator allocator) throws Exception {
    RecordLayout<Recommendation> layout = RecordLayout.of(Recommendation.class);
    RecommendedItem item = new RecommendedItem("i", 0.5f, Reason.SIMILAR, "j");
    List<RecommendedItem> many = Collections.nCopies(100_000, item);
    List<Recommendation> feeds =
        Stream.of(List.<RecommendedItem>of(), many, List.<RecommendedItem>of(), List.of(item))
            .map(items -> new Recommendation("u", Instant.EPOCH, "m", "d", items))
            .toList();

    Wire.assertSame("IPC", Wire.throughArrow(layout, feeds, layout, allocator), feeds);
  }

  @Test
  void noRecordsAtAll(BufferAllocator allocator) throws Exception {
    RecordLayout<EveryType> layout = RecordLayout.of(EveryType.class);
    assertThat(Wire.throughArrow(layout, List.of(), layout, allocator)).isEmpty();
  }

  @Test
  void aRootIsWrittenAgainAndAReaderSeesEachBatch(BufferAllocator allocator) {
    RecordLayout<EveryType> layout = RecordLayout.of(EveryType.class);
    Seeds.each(
        5,
        random -> {
          List<List<EveryType>> batches =
              Stream.of(30, 0, 200, 1).map(size -> records(layout, random, size)).toList();
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          try (VectorSchemaRoot root = VectorSchemaRoot.create(layout.arrowSchema(), allocator);
              ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            for (List<EveryType> batch : batches) {
              layout.write(batch, root);
              writer.writeBatch();
            }
          }
          try (ArrowStreamReader stream =
              new ArrowStreamReader(new ByteArrayInputStream(bytes.toByteArray()), allocator)) {
            RecordReader<EveryType> reader = layout.reader(stream.getVectorSchemaRoot());
            for (List<EveryType> batch : batches) {
              assertThat(stream.loadNextBatch()).isTrue();
              Wire.assertSame("batch", reader.rows(), batch);
            }
          }
        });
  }

  @SuppressWarnings("unchecked")
  private static <T extends IndexedRecord> List<T> records(
      RecordLayout<T> layout, Random random, int count) {
    RandomRecords records = new RandomRecords(Wire.specific(), random);
    return Stream.generate(() -> (T) records.record(layout.avroSchema())).limit(count).toList();
  }
}
