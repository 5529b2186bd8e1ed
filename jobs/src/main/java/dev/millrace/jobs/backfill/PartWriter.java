package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.jobs.output.TableOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes parts, one after another, as their batches come. It keeps nothing in Flink's state: a part
 * that was not done when the job stopped is read and written again.
 */
final class PartWriter extends AbstractStreamOperator<Long>
    implements OneInputStreamOperator<ArrowBatch, Long>, BoundedOneInput {

  private static final long serialVersionUID = 1L;

  /** Accumulator: rows of the input whose fate is known, in parts that are done or under way. */
  static final String ROWS = "backfill_rows";

  /** Accumulator: dead letters of parts that are done. */
  static final String LETTERS = "backfill_dead_letters";

  private final Plan plan;
  private final RunFolder folder;
  private final TableOutput format;
  private final ArrayList<String> columns;
  private final String vectorColumn;
  private transient @Nullable PartFile open;
  private transient long counted;

  // Flink calls open() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient LongCounter rows;

  @SuppressWarnings("NullAway.Init")
  private transient LongCounter letters;

  PartWriter(
      Plan plan, RunFolder folder, TableOutput format, List<String> columns, String vectorColumn) {
    this.plan = plan;
    this.folder = folder;
    this.format = format;
    // Flink's serialization wants no views.
    this.columns = new ArrayList<>(columns);
    this.vectorColumn = vectorColumn;
  }

  @Override
  public void open() throws Exception {
    super.open();
    rows = new LongCounter();
    letters = new LongCounter();
    getRuntimeContext().addAccumulator(ROWS, rows);
    getRuntimeContext().addAccumulator(LETTERS, letters);
  }

  @Override
  public void processElement(StreamRecord<ArrowBatch> element) throws IOException {
    try (ArrowBatch batch = element.getValue()) {
      PartMark mark = PartMark.of(batch);
      PartFile file = file(mark.part());
      if (!mark.isEnd()) {
        file.write(batch);
        rows.add((long) batch.rowCount());
        counted += batch.rowCount();
        return;
      }
      Part part = mark.part();
      long rowsRead = plan.end(part) - plan.begin(part);
      PartDone done = file.finish(mark, rowsRead);
      open = null;
      rows.add(rowsRead - counted);
      letters.add(done.deadLetters());
    }
  }

  private PartFile file(Part part) throws IOException {
    PartFile file = open;
    if (file == null) {
      file =
          new PartFile(
              part, plan.files().get(part.file()).path(), folder, format, columns, vectorColumn);
      open = file;
      counted = 0;
    } else if (!file.part().equals(part)) {
      throw new IOException(
          "Rows of " + part.name() + " came before the end of " + file.part().name() + ".");
    }
    return file;
  }

  @Override
  public void endInput() throws IOException {
    if (open != null) {
      throw new IOException("The input ended within " + open.part().name() + ".");
    }
  }

  @Override
  public void close() throws Exception {
    try {
      if (open != null) {
        open.close();
        open = null;
      }
    } finally {
      super.close();
    }
  }
}
