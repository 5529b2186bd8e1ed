package dev.millrace.jobs.parquet;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.jobs.input.SameSchema;
import dev.millrace.jobs.input.TableFormat;
import dev.millrace.jobs.input.TableReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.TransferPair;
import org.apache.flink.core.fs.Path;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** Parquet files. A value goes from its column there into its column here. */
public final class ParquetTable implements TableFormat {

  private static final long serialVersionUID = 1L;

  @Override
  public Table inspect(List<Path> files) throws IOException {
    SameSchema same = new SameSchema();
    List<Long> rows = new ArrayList<>();
    for (Path file : files) {
      List<org.apache.arrow.vector.types.pojo.Field> columns;
      try (ParquetFileReader reader = reader(file)) {
        columns = FromParquet.columns(reader.getFileMetaData().getSchema());
        rows.add(reader.getRecordCount());
      } catch (IOException | RuntimeException unreadable) {
        throw unreadable(file, unreadable);
      }
      same.add(file, new Schema(columns));
    }
    return new Table(same.schema(), rows, List.of());
  }

  private static ParquetFileReader reader(Path file) throws IOException {
    return new ParquetFileReader(
        ParquetFiles.input(file),
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .build());
  }

  private static IOException unreadable(Path file, Exception failure) {
    return new IOException(
        file.getPath()
            + " cannot be read: "
            + failure.getMessage()
            + ". If it is a Parquet file, it is cut off, damaged or encrypted: write or copy it"
            + " again, or leave it out.",
        failure);
  }

  @Override
  public TableReader open(Path file, Schema columns, long fromRow) throws IOException {
    Reader reader = new Reader(file, columns);
    try {
      reader.skip(fromRow);
      return reader;
    } catch (IOException | RuntimeException failed) {
      reader.close();
      throw unreadable(file, failed);
    }
  }

  private static final class Reader implements TableReader {
    private static final int ROWS_AT_ONCE = 1_024;

    private final Path path;
    private final MemoryScope scope;
    private final ParquetFileReader file;
    private final VectorSchemaRoot root;
    private final MessageColumnIO columnIo;
    private final IntoColumns materializer;
    private @Nullable RecordReader<Boolean> records;
    private long left;

    Reader(Path path, Schema columns) throws IOException {
      this.path = path;
      this.file = reader(path);
      MessageType message = file.getFileMetaData().getSchema();
      this.columnIo = new ColumnIOFactory().getColumnIO(message);
      this.scope = MemoryScope.open("file " + path.getName());
      this.root = VectorSchemaRoot.create(columns, scope.allocator());
      this.materializer = new IntoColumns(message, root);
    }

    /** Goes over rows: over whole groups without reading them. */
    void skip(long rows) throws IOException {
      long over = rows;
      int group = 0;
      while (group < file.getRowGroups().size()
          && file.getRowGroups().get(group).getRowCount() <= over) {
        over -= file.getRowGroups().get(group).getRowCount();
        file.skipNextRowGroup();
        group++;
      }
      allocate();
      materializer.row = 0;
      for (; over > 0; over--) {
        if (!advance()) {
          throw new IOException("it now has " + over + " rows fewer than were there before");
        }
      }
      root.clear();
    }

    private void allocate() {
      for (FieldVector vector : root.getFieldVectors()) {
        vector.setInitialCapacity(ROWS_AT_ONCE);
        vector.allocateNew();
      }
    }

    /** Reads a row; false at the end. */
    private boolean advance() throws IOException {
      while (left == 0) {
        PageReadStore pages = file.readNextRowGroup();
        if (pages == null) {
          return false;
        }
        left = pages.getRowCount();
        records = columnIo.getRecordReader(pages, materializer);
      }
      RecordReader<Boolean> from = records;
      if (from == null) {
        return false;
      }
      from.read();
      left--;
      return true;
    }

    @Override
    public @Nullable Piece next() throws IOException {
      try {
        allocate();
        int rows = 0;
        materializer.row = 0;
        while (rows < ROWS_AT_ONCE && advance()) {
          materializer.row = ++rows;
        }
        root.setRowCount(rows);
        fillRepeated(rows);
        return rows == 0 ? null : new Rows(take(rows));
      } catch (IOException | RuntimeException failed) {
        throw unreadable(path, failed);
      } finally {
        root.clear();
      }
    }

    /** A repeated field that does not come is an empty list, and not null. */
    private void fillRepeated(int rows) {
      for (FieldVector vector : root.getFieldVectors()) {
        if (vector instanceof ListVector && !vector.getField().isNullable()) {
          for (int row = 0; row < rows; row++) {
            BitVectorHelper.setBit(vector.getValidityBuffer(), row);
          }
        }
      }
    }

    /** The vectors' memory as a batch; the converters keep the vectors. */
    private ArrowBatch take(int rows) {
      List<FieldVector> taken = new ArrayList<>();
      for (FieldVector vector : root.getFieldVectors()) {
        TransferPair pair = vector.getTransferPair(vector.getField(), scope.allocator());
        pair.transfer();
        taken.add((FieldVector) pair.getTo());
      }
      return ArrowBatch.own(scope, new VectorSchemaRoot(root.getSchema().getFields(), taken, rows));
    }

    @Override
    public void close() throws IOException {
      try {
        root.close();
        file.close();
      } finally {
        scope.close();
      }
    }
  }

  /** Reads rows into the vectors of a root, at the row that is set. */
  private static final class IntoColumns extends RecordMaterializer<Boolean> {
    private final GroupConverter converter;
    int row;
    private long record;

    IntoColumns(MessageType message, VectorSchemaRoot root) {
      Converter[] fields = ColumnConverters.fields(message, root.getFieldVectors(), place());
      converter =
          new GroupConverter() {
            @Override
            public Converter getConverter(int field) {
              return fields[field];
            }

            @Override
            public void start() {
              record++;
            }

            @Override
            public void end() {}
          };
    }

    private ColumnConverters.Place place() {
      return new ColumnConverters.Place() {
        @Override
        public int at() {
          return row;
        }

        @Override
        public long record() {
          return record;
        }
      };
    }

    @Override
    public Boolean getCurrentRecord() {
      return true;
    }

    @Override
    public GroupConverter getRootConverter() {
      return converter;
    }
  }
}
