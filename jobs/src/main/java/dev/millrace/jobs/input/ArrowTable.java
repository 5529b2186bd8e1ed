package dev.millrace.jobs.input;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Arrow IPC files and streams. Their batches are passed on as they lie in the file. */
public final class ArrowTable implements TableFormat {

  private static final long serialVersionUID = 1L;

  @Override
  public Table inspect(List<Path> files) throws IOException {
    SameSchema same = new SameSchema();
    List<Long> rows = new ArrayList<>();
    for (Path file : files) {
      try (ArrowFile arrow = ArrowFile.open(file)) {
        same.add(file, arrow.schema());
        long count = 0;
        for (long batch = arrow.skipOne(); batch >= 0; batch = arrow.skipOne()) {
          count += batch;
        }
        rows.add(count);
      }
    }
    return new Table(new Schema(same.schema().getFields()), rows, List.of());
  }

  @Override
  public TableReader open(Path file, Schema columns, long fromRow) throws IOException {
    ArrowFile arrow = ArrowFile.open(file);
    return new Reader(file, arrow, fromRow);
  }

  private static final class Reader implements TableReader {
    private final Path path;
    private final ArrowFile file;
    private final MemoryScope scope;
    private long toSkip;

    Reader(Path path, ArrowFile file, long toSkip) {
      this.path = path;
      this.file = file;
      this.toSkip = toSkip;
      this.scope = MemoryScope.open("part of file " + path.getName());
    }

    @Override
    public @Nullable Piece next() throws IOException {
      while (true) {
        ArrowBatch batch = file.next();
        if (batch == null) {
          if (toSkip > 0) {
            throw new ArrowFileException(
                path,
                "now has "
                    + toSkip
                    + " rows fewer than were there before. Files must not change while a job"
                    + " reads them.");
          }
          return null;
        }
        int rows = batch.rowCount();
        if (rows > toSkip) {
          int from = (int) toSkip;
          toSkip = 0;
          if (from == 0) {
            return new Rows(batch);
          }
          try (batch) {
            return new Rows(BatchSlice.of(batch, from, rows - from, scope));
          }
        }
        toSkip -= rows;
        batch.close();
      }
    }

    @Override
    public void close() throws IOException {
      try {
        file.close();
      } finally {
        scope.close();
      }
    }
  }
}
