package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.operators.ArrowBatchTypeInfo;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;

/**
 * Reads Arrow IPC files and Arrow IPC streams, for {@link
 * org.apache.flink.connector.file.src.FileSource#forBulkFileFormat}. Each record batch of a file is
 * one {@link ArrowBatch}. Which of the two kinds a file is, its first bytes tell.
 *
 * <p>Ownership: what the source emits is a loan ({@link ArrowBatch#lend}), as {@link
 * dev.millrace.operators.ArrowBatchSerializer} asks for: whoever receives a batch closes it, and
 * retains it to read it after its call returned. The memory behind it is the reader's. It goes back
 * when the source has emitted the next batch, and at the latest when the source closes, also where
 * the job fails or is cancelled. A subtask holds as many batches as Flink's {@code
 * source.reader.element.queue.capacity} says, which is 2, and two more.
 *
 * <p>A file is read whole by one subtask. A checkpoint holds the number of batches that were
 * emitted; files must not change while a job reads them. Columns that are encoded by a dictionary
 * and buffers that are compressed are refused when the file is opened or the batch is read.
 */
public final class ArrowBatchFormat implements BulkFormat<ArrowBatch, FileSourceSplit> {

  private static final long serialVersionUID = 1L;

  /**
   * Opens a file from its beginning. The caller closes the reader.
   *
   * @throws IOException if the file is no Arrow file or one that cannot be read; the message says
   *     what to do
   */
  @Override
  public Reader<ArrowBatch> createReader(Configuration config, FileSourceSplit split)
      throws IOException {
    return open(split, 0);
  }

  /**
   * Opens a file behind the batches that were emitted before the checkpoint. The caller closes the
   * reader.
   *
   * @throws IOException as in {@link #createReader}, or if the file has fewer batches now
   */
  @Override
  public Reader<ArrowBatch> restoreReader(Configuration config, FileSourceSplit split)
      throws IOException {
    return open(
        split,
        split.getReaderPosition().map(CheckpointedPosition::getRecordsAfterOffset).orElse(0L));
  }

  private static Reader<ArrowBatch> open(FileSourceSplit split, long done) throws IOException {
    ArrowFile file = ArrowFile.open(split.path());
    try {
      file.skip(done);
    } catch (IOException | RuntimeException failed) {
      file.close();
      throw failed;
    }
    return new ArrowBatchReader(file, done);
  }

  @Override
  public boolean isSplittable() {
    return false;
  }

  @Override
  public TypeInformation<ArrowBatch> getProducedType() {
    return ArrowBatchTypeInfo.INSTANCE;
  }
}
