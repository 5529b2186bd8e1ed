package dev.millrace.operators;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Batches in, the same batches with a column of vectors out. No row becomes an object.
 *
 * <p>A text is read from its column where it lies. A batch that holds tokens already goes to the
 * accelerator as it is, and what the accelerator wrote is the new column: nothing is copied.
 *
 * <p>Ownership: the operator closes what it receives and lends what it emits; see {@link
 * ArrowBatchSerializer}. A checkpoint holds a batch as that serializer's bytes.
 */
final class ColumnarEmbeddingOperator
    extends InferenceOperator<ArrowBatch, ArrowBatch, byte[], PendingBatch, TextIntake<BatchCell>> {

  private static final long serialVersionUID = 1L;

  private final String textColumn;
  private final boolean lettersInBatch;
  private final transient Deque<BatchCell> spare;

  ColumnarEmbeddingOperator(
      StreamOperatorParameters<ArrowBatch> parameters,
      InferenceSettings settings,
      String textColumn,
      boolean lettersInBatch) {
    super(parameters, settings, InferenceTask.EMBEDDING);
    this.textColumn = textColumn;
    this.lettersInBatch = lettersInBatch;
    this.spare = new ArrayDeque<>();
  }

  @Override
  TypeSerializer<byte[]> stateSerializer() {
    return BytePrimitiveArraySerializer.INSTANCE;
  }

  @Override
  byte[] toState(PendingBatch batch) {
    return bytesOf(batch.input());
  }

  @Override
  ArrowBatch fromState(byte[] bytes) {
    try {
      return ArrowBatchSerializer.INSTANCE.deserialize(new DataInputDeserializer(bytes));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(
          "A batch in the checkpoint cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }

  @Override
  ArrowBatch keep(ArrowBatch given) {
    try (given) {
      return given.retain();
    }
  }

  @Override
  PendingBatch place(ArrowBatch batch, long timestamp) {
    return new PendingBatch(batch, timestamp, lettersInBatch);
  }

  @Override
  void submit(PendingBatch batch, InferenceEngine<TextIntake<BatchCell>> into) {
    ArrowBatch rows = batch.input();
    if (rows.rowCount() == 0) {
      return;
    }
    if (rows.column(TextColumns.INPUT_IDS) != null) {
      submitTokens(batch, into);
      return;
    }
    VarCharVector texts = texts(rows);
    ArrowBuf values = texts.getDataBuffer();
    for (int row = 0; row < rows.rowCount(); row++) {
      BatchCell cell = cell(batch, row);
      if (texts.isNull(row)) {
        into.intake().add(cell, null);
      } else {
        into.intake().add(cell, values, texts.getStartOffset(row), texts.getValueLength(row));
      }
      into.added();
    }
  }

  /** Whole, if the batch is within the budget; else in slices, which share its memory. */
  private void submitTokens(PendingBatch batch, InferenceEngine<TextIntake<BatchCell>> into) {
    int rows = batch.input().rowCount();
    TokenWork whole = new TokenWork(this, batch, 0, rows, 1, 0);
    int atOnce = Math.max(1, into.tokenBudget() / whole.width());
    if (rows <= atOnce) {
      into.add(whole);
      return;
    }
    for (int from = 0; from < rows; from += atOnce) {
      into.add(new TokenWork(this, batch, from, Math.min(atOnce, rows - from), 1, 0));
    }
  }

  private VarCharVector texts(ArrowBatch rows) {
    FieldVector column = rows.column(textColumn);
    if (column instanceof VarCharVector texts) {
      return texts;
    }
    throw new AcceleratorException(
        Category.CONFIGURATION,
        column == null
            ? "The batch has no column '"
                + textColumn
                + "' with the text, and no "
                + TextColumns.INPUT_IDS
                + " either. It has "
                + rows.root().getSchema().getFields()
                + ". Name the column that holds the text."
            : "The column '"
                + textColumn
                + "' is "
                + column.getField()
                + ". A text is utf8: cast it, or name another column.");
  }

  private BatchCell cell(PendingBatch batch, int row) {
    BatchCell used = spare.poll();
    return (used == null ? new BatchCell() : used).of(batch, row);
  }

  @Override
  void emit(PendingBatch batch) {
    batch.deadLetters().forEach(letter -> emitDeadLetter(letter, batch));
    try (ArrowBatch loan = batch.result(scope(), dimension()).lend()) {
      emit(loan, batch);
    }
  }

  @Override
  void release(PendingBatch batch) {
    batch.close();
  }

  @Override
  TextIntake<BatchCell> openIntake(
      InferenceSession session, MemoryScope memory, LongSupplier clock, InferenceMetrics counts) {
    return TextIntake.open(settings(), task(), session, memory, new Cells(), clock, counts);
  }

  /** A row that came as tokens has no vector. */
  void failTokens(PendingBatch batch, int row, String category, String reason, int attempts) {
    countDeadLetter();
    fail(batch, row, category, reason, attempts);
  }

  /** A row has no vector: its place is null, and the row is a dead letter. */
  private void fail(PendingBatch batch, int row, String category, String reason, int attempts) {
    DeadLetter letter = badRow(category, reason, attempts, () -> bytesOf(batch, row));
    batch.fail(row, letter, scope(), dimension());
  }

  private byte[] bytesOf(PendingBatch batch, int row) {
    VectorSchemaRoot slice = batch.input().root().slice(row, 1);
    try (ArrowBatch alone = ArrowBatch.own(scope(), slice)) {
      return bytesOf(alone);
    }
  }

  private void free(BatchCell cell) {
    cell.clear();
    spare.push(cell);
  }

  private int dimension() {
    return EmbeddingColumns.dimension(session().signature());
  }

  /** Puts answers in their places. */
  private final class Cells implements Intake.Receiver<BatchCell, EmbeddingView> {

    @Override
    public void succeed(BatchCell cell, EmbeddingView vector) {
      cell.batch().succeed(cell.row(), vector, scope());
      free(cell);
    }

    @Override
    public void fail(BatchCell cell, String category, String reason, int attempts) {
      ColumnarEmbeddingOperator.this.fail(cell.batch(), cell.row(), category, reason, attempts);
      free(cell);
    }
  }

  private static byte[] bytesOf(ArrowBatch batch) {
    DataOutputSerializer bytes = new DataOutputSerializer(1024);
    try {
      ArrowBatchSerializer.INSTANCE.serialize(batch, bytes);
    } catch (IOException impossible) {
      throw new UncheckedIOException("A batch that was read could not be written", impossible);
    }
    return bytes.getCopyOfBuffer();
  }
}
