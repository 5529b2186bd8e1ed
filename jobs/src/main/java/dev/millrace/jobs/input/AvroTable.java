package dev.millrace.jobs.input;

import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileStream;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.Decoder;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Avro container files of any record. A value goes from the file's bytes into its column. */
public final class AvroTable implements TableFormat {

  private static final long serialVersionUID = 1L;

  @Override
  public Table inspect(List<Path> files) throws IOException {
    SameSchema same = new SameSchema();
    List<Long> rows = new ArrayList<>();
    for (Path file : files) {
      AvroHead head = AvroHead.of(file);
      if (head.schema().getType() != org.apache.avro.Schema.Type.RECORD) {
        throw new IOException(
            file.getPath()
                + " holds values of type "
                + head.schema().getType().getName()
                + ", which have no columns. Write records.");
      }
      try {
        same.add(file, new Schema(AvroColumn.columns(head.schema())));
      } catch (IOException noColumn) {
        throw noColumn.getMessage() != null && noColumn.getMessage().startsWith(file.getPath())
            ? noColumn
            : new IOException(file.getPath() + ": " + noColumn.getMessage() + ".", noColumn);
      }
      rows.add(head.rows());
    }
    return new Table(same.schema(), rows, List.of());
  }

  @Override
  public TableReader open(Path file, Schema columns, long fromRow) throws IOException {
    Reader reader = new Reader(file, columns);
    try {
      reader.skip(file.getPath(), fromRow);
      return reader;
    } catch (IOException | RuntimeException failed) {
      reader.close();
      throw failed;
    }
  }

  private static final class Reader extends RowTable {
    private final String source;
    private final IntoColumns datums = new IntoColumns();
    private final DataFileStream<Boolean> container;

    Reader(Path file, Schema columns) throws IOException {
      super("file " + file.getName(), columns);
      source = file.getPath();
      InputStream in = null;
      try {
        in = InputFiles.open(file);
        container = new DataFileStream<>(in, datums);
      } catch (IOException | RuntimeException failed) {
        if (in != null) {
          in.close();
        }
        super.close();
        throw failed;
      }
    }

    @Override
    protected boolean skip() throws IOException {
      return advance(null, 0);
    }

    @Override
    protected Step read(VectorSchemaRoot root, int into) throws IOException {
      return advance(root, into) ? Step.ROW : Step.END;
    }

    private boolean advance(@Nullable VectorSchemaRoot root, int into) throws IOException {
      try {
        if (!container.hasNext()) {
          return false;
        }
        datums.root = root;
        datums.row = into;
        container.next();
        return true;
      } catch (AvroRuntimeException | IndexOutOfBoundsException broken) {
        throw new IOException(
            source
                + " has a block that cannot be read: "
                + broken.getMessage()
                + ". Write or copy the file again, or leave it out.",
            broken);
      }
    }

    @Override
    protected DeadLetter letter() {
      throw new IllegalStateException("A block is read whole or not at all.");
    }

    @Override
    public void close() throws IOException {
      try {
        container.close();
      } finally {
        super.close();
      }
    }
  }

  /** Reads records into the row of a root that is set, or goes over them. */
  private static final class IntoColumns implements DatumReader<Boolean> {
    private org.apache.avro.@Nullable Schema schema;
    @Nullable VectorSchemaRoot root;
    int row;

    @Override
    public void setSchema(org.apache.avro.Schema written) {
      schema = written;
    }

    @Override
    public Boolean read(@Nullable Boolean reuse, Decoder in) throws IOException {
      org.apache.avro.Schema record = Objects.requireNonNull(schema);
      VectorSchemaRoot into = root;
      if (into == null) {
        GenericDatumReader.skip(record, in);
        return false;
      }
      List<FieldVector> columns = into.getFieldVectors();
      for (org.apache.avro.Schema.Field field : record.getFields()) {
        AvroColumn.read(in, field.schema(), columns.get(field.pos()), row);
      }
      return true;
    }
  }
}
