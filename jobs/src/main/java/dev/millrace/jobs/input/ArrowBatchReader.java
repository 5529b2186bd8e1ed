package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.RecordAndPosition;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one file, and the owner of each until Flink says that it is done with it.
 *
 * <p>Flink reads on one thread and emits on another, with a queue between them, and when a source
 * closes it drops what is queued or half emitted without a word to it. What it does do is to close
 * the reader, after the last emission. So the reader must stay Flink's current one for as long as a
 * batch is out: it does not say that its file has ended before all have come back.
 */
public final class ArrowBatchReader implements BulkFormat.Reader<ArrowBatch> {

  private static final BulkFormat.RecordIterator<ArrowBatch> NOTHING = new Nothing();

  private final ArrowBatches file;
  private final Set<ArrowBatch> out = ConcurrentHashMap.newKeySet();
  private long done;
  private boolean ended;

  /**
   * @param file owned from now on
   * @param done batches of the file that are not read again
   */
  public ArrowBatchReader(ArrowBatches file, long done) {
    this.file = file;
    this.done = done;
  }

  /**
   * The next batch; at the end of the file an empty answer until all batches are released, and then
   * null. Flink's queue is full after a few empty answers, so the waiting costs nothing.
   */
  @Override
  public BulkFormat.@Nullable RecordIterator<ArrowBatch> readBatch() throws IOException {
    ArrowBatch batch = ended ? null : file.next();
    if (batch == null) {
      ended = true;
      return out.isEmpty() ? null : NOTHING;
    }
    out.add(batch);
    done++;
    return new One(batch, done);
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      out.forEach(ArrowBatch::close);
      out.clear();
    }
  }

  /** One batch, emitted as a loan. */
  private final class One implements BulkFormat.RecordIterator<ArrowBatch> {
    private final ArrowBatch batch;
    private final long position;
    private boolean emitted;

    One(ArrowBatch batch, long position) {
      this.batch = batch;
      this.position = position;
    }

    @Override
    public @Nullable RecordAndPosition<ArrowBatch> next() {
      if (emitted) {
        return null;
      }
      emitted = true;
      return new RecordAndPosition<>(batch.lend(), CheckpointedPosition.NO_OFFSET, position);
    }

    @Override
    public void releaseBatch() {
      // The memory first: an empty set tells the other thread that all memory is back.
      batch.close();
      out.remove(batch);
    }
  }

  /** No batch. */
  private static final class Nothing implements BulkFormat.RecordIterator<ArrowBatch> {
    @Override
    public @Nullable RecordAndPosition<ArrowBatch> next() {
      return null;
    }

    @Override
    public void releaseBatch() {}
  }
}
