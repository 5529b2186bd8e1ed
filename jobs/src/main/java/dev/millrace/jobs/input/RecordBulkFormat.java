package dev.millrace.jobs.input;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.IteratorResultIterator;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link RecordFormat} behind Flink's file source. A position is the number of rows before
 * it: a restored reader reads them again and drops them, which costs time and nothing else.
 */
final class RecordBulkFormat implements BulkFormat<SourceRow, FileSourceSplit> {

  private static final long serialVersionUID = 1L;

  private static final int ROWS_AT_ONCE = 256;

  private final RecordFormat format;

  RecordBulkFormat(RecordFormat format) {
    this.format = format;
  }

  @Override
  public Reader<SourceRow> createReader(Configuration config, FileSourceSplit split)
      throws IOException {
    return new BatchReader(format.open(split.path()), 0);
  }

  @Override
  public Reader<SourceRow> restoreReader(Configuration config, FileSourceSplit split)
      throws IOException {
    long done =
        split.getReaderPosition().map(CheckpointedPosition::getRecordsAfterOffset).orElse(0L);
    RecordReader reader = format.open(split.path());
    try {
      for (long i = 0; i < done; i++) {
        if (reader.next() == null) {
          throw new IOException(
              "The file "
                  + split.path()
                  + " now has "
                  + i
                  + " rows; "
                  + done
                  + " of it were read before. Files must not change while a job reads them.");
        }
      }
      return new BatchReader(reader, done);
    } catch (IOException | RuntimeException failed) {
      reader.close();
      throw failed;
    }
  }

  @Override
  public boolean isSplittable() {
    return false;
  }

  @Override
  public TypeInformation<SourceRow> getProducedType() {
    return SourceRowTypeInfoFactory.TYPE;
  }

  private static final class BatchReader implements Reader<SourceRow> {
    private final RecordReader reader;
    private long done;

    BatchReader(RecordReader reader, long done) {
      this.reader = reader;
      this.done = done;
    }

    @Override
    public @Nullable RecordIterator<SourceRow> readBatch() throws IOException {
      List<SourceRow> rows = new ArrayList<>(ROWS_AT_ONCE);
      while (rows.size() < ROWS_AT_ONCE) {
        SourceRow row = reader.next();
        if (row == null) {
          break;
        }
        rows.add(row);
      }
      if (rows.isEmpty()) {
        return null;
      }
      RecordIterator<SourceRow> batch =
          new IteratorResultIterator<>(rows.iterator(), CheckpointedPosition.NO_OFFSET, done);
      done += rows.size();
      return batch;
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
