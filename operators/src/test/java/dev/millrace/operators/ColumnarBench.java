package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.schemas.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;

/**
 * A columnar embedding operator in Flink's harness, on a steered accelerator. Rows are numbered in
 * the column {@code id}, their texts are in the column {@code text}.
 */
final class ColumnarBench implements AutoCloseable {

  private final OneInputStreamOperatorTestHarness<ArrowBatch, ArrowBatch> harness;
  private final Steering steering;

  ColumnarBench(InferenceSettings settings, @Nullable OperatorSubtaskState state) throws Exception {
    steering = Steering.named(settings.accelerator().substring("steered:".length()));
    harness =
        new OneInputStreamOperatorTestHarness<>(
            new ColumnarEmbeddingOperatorFactory(settings, "text"), ArrowBatchSerializer.INSTANCE);
    harness.setup(ArrowBatchSerializer.INSTANCE);
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
  }

  Steering steering() {
    return steering;
  }

  /** A batch of texts; the ids count up from {@code firstId}. */
  void texts(int firstId, @Nullable String... texts) throws Exception {
    try (MemoryScope scope = MemoryScope.open("test batch")) {
      BigIntVector ids = ids(scope, firstId, texts.length);
      VarCharVector column = new VarCharVector("text", scope.allocator());
      for (int row = 0; row < texts.length; row++) {
        String text = texts[row];
        if (text != null) {
          column.setSafe(row, text.getBytes(StandardCharsets.UTF_8));
        }
      }
      column.setValueCount(texts.length);
      process(scope, new VectorSchemaRoot(List.of(ids, column)), firstId);
    }
  }

  /** The same, of texts that are bytes, which may be no UTF-8. */
  void utf8(int firstId, byte[]... texts) throws Exception {
    try (MemoryScope scope = MemoryScope.open("test batch")) {
      BigIntVector ids = ids(scope, firstId, texts.length);
      VarCharVector column = new VarCharVector("text", scope.allocator());
      for (int row = 0; row < texts.length; row++) {
        column.setSafe(row, texts[row]);
      }
      column.setValueCount(texts.length);
      process(scope, new VectorSchemaRoot(List.of(ids, column)), firstId);
    }
  }

  /** A batch that has ids and nothing else. */
  void withoutText(int firstId, int rows) throws Exception {
    try (MemoryScope scope = MemoryScope.open("test batch")) {
      process(scope, new VectorSchemaRoot(List.of(ids(scope, firstId, rows))), firstId);
    }
  }

  /** A batch of rows that are tokens already, all of one width. */
  void tokens(int firstId, long[]... rows) throws Exception {
    int width = rows[0].length;
    try (MemoryScope scope = MemoryScope.open("test batch")) {
      IntVector counts =
          new IntVector(
              TextColumns.TOKEN_COUNT,
              FieldType.notNullable(ElementType.INT32.arrowType()),
              scope.allocator());
      FixedSizeListVector ids = tensor(scope, TextColumns.INPUT_IDS, rows.length, width);
      FixedSizeListVector mask = tensor(scope, TextColumns.ATTENTION_MASK, rows.length, width);
      counts.allocateNew(rows.length);
      for (int row = 0; row < rows.length; row++) {
        counts.set(row, width);
        for (int token = 0; token < width; token++) {
          ((BigIntVector) ids.getDataVector()).setSafe(row * width + token, rows[row][token]);
          ((BigIntVector) mask.getDataVector()).setSafe(row * width + token, 1);
        }
      }
      counts.setValueCount(rows.length);
      process(
          scope,
          new VectorSchemaRoot(List.of(ids(scope, firstId, rows.length), ids, mask, counts)),
          firstId);
    }
  }

  private static FixedSizeListVector tensor(MemoryScope scope, String name, int rows, int width) {
    FixedSizeListVector vector =
        new FixedSizeListVector(
            name,
            scope.allocator(),
            FieldType.notNullable(new ArrowType.FixedSizeList(width)),
            null);
    vector.initializeChildrenFromFields(
        List.of(
            new Field("item", FieldType.notNullable(ElementType.INT64.arrowType()), List.of())));
    vector.setInitialCapacity(rows);
    vector.allocateNew();
    for (int row = 0; row < rows; row++) {
      vector.setNotNull(row);
    }
    vector.setValueCount(rows);
    return vector;
  }

  private static BigIntVector ids(MemoryScope scope, int firstId, int rows) {
    BigIntVector ids = new BigIntVector("id", scope.allocator());
    for (int row = 0; row < rows; row++) {
      ids.setSafe(row, firstId + row);
    }
    ids.setValueCount(rows);
    return ids;
  }

  private void process(MemoryScope scope, VectorSchemaRoot root, long timestamp) throws Exception {
    try (ArrowBatch batch = ArrowBatch.own(scope, root)) {
      harness.processElement(new StreamRecord<>(batch.lend(), timestamp));
    }
  }

  void watermark(long timestamp) throws Exception {
    harness.processWatermark(timestamp);
  }

  void pass(Duration time) throws Exception {
    harness.setProcessingTime(harness.getProcessingTime() + time.toMillis());
  }

  void answerAll() throws Exception {
    runMails();
    while (!steering.open().isEmpty()) {
      steering.open().forEach(SteeredCall::answer);
      runMails();
    }
  }

  void runMails() throws Exception {
    while (true) {
      Optional<Mail> mail = harness.getTaskMailbox().tryTake(0);
      if (mail.isEmpty()) {
        return;
      }
      mail.get().run();
    }
  }

  OperatorSubtaskState snapshot(long id) throws Exception {
    harness.prepareSnapshotPreBarrier(id);
    return harness.snapshot(id, id);
  }

  /** A row that left: its vector's numbers as {@link Arrays#toString(float[])}, or null. */
  record Row(long id, @Nullable String vector) {}

  /**
   * What left since the last call: a list of {@link Row} for a batch, {@code W timestamp} for a
   * watermark. Closes the batches.
   */
  List<Object> output() {
    List<Object> output = new ArrayList<>();
    for (Object element = harness.getOutput().poll();
        element != null;
        element = harness.getOutput().poll()) {
      if (element instanceof Watermark watermark) {
        output.add("W " + watermark.getTimestamp());
      } else if (element instanceof StreamRecord<?> recordOut) {
        try (ArrowBatch batch = (ArrowBatch) recordOut.getValue()) {
          output.add(rows(batch));
        }
      }
    }
    return output;
  }

  private static List<Row> rows(ArrowBatch batch) {
    BigIntVector ids = (BigIntVector) batch.requireColumn("id");
    FixedSizeListVector vectors = (FixedSizeListVector) batch.requireColumn(TextColumns.EMBEDDING);
    EmbeddingView view = new EmbeddingView(vectors.getListSize());
    List<Row> rows = new ArrayList<>();
    for (int row = 0; row < batch.rowCount(); row++) {
      long at = (long) row * vectors.getListSize() * Float.BYTES;
      boolean there = !vectors.getField().isNullable() || !vectors.isNull(row);
      rows.add(
          new Row(
              ids.get(row),
              there
                  ? Arrays.toString(view.at(vectors.getDataVector().getDataBuffer(), at).toArray())
                  : null));
    }
    return rows;
  }

  List<DeadLetter> deadLetters() {
    Queue<StreamRecord<DeadLetter>> letters = harness.getSideOutput(DeadLetters.TAG);
    return letters == null ? List.of() : letters.stream().map(StreamRecord::getValue).toList();
  }

  @Override
  public void close() throws Exception {
    output();
    harness.close();
  }
}
