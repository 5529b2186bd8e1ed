package dev.millrace.jobs.output;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.Encoder;
import org.jspecify.annotations.Nullable;

/** Avro container files; see {@link AvroTypes} for the types. */
public final class AvroOutput implements TableOutput {

  private static final long serialVersionUID = 1L;

  @Override
  public String ending() {
    return OutputFolder.AVRO;
  }

  @Override
  public void check(Schema columns) throws IOException {
    AvroTypes.record(columns);
  }

  @Override
  public TableWriter open(OutputStream out, Schema columns) throws IOException {
    return new Writer(out, AvroTypes.record(columns));
  }

  private static final class Writer implements TableWriter {
    private final FromColumns datums = new FromColumns();
    private final DataFileWriter<Integer> file;

    Writer(OutputStream out, org.apache.avro.Schema record) throws IOException {
      file = new DataFileWriter<>(datums);
      // Avro closes the stream below a file; that is its owner's to do.
      file.create(record, new KeepOpenStream(out));
    }

    @Override
    public void write(VectorSchemaRoot rows) throws IOException {
      datums.rows = rows;
      for (int row = 0; row < rows.getRowCount(); row++) {
        file.append(row);
      }
      datums.rows = null;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** Writes the row of that number. */
  private static final class FromColumns implements DatumWriter<Integer> {
    private List<org.apache.avro.Schema.Field> fields = List.of();
    @Nullable VectorSchemaRoot rows;

    @Override
    public void setSchema(org.apache.avro.Schema schema) {
      fields = schema.getFields();
    }

    @Override
    public void write(Integer row, Encoder out) throws IOException {
      VectorSchemaRoot from = Objects.requireNonNull(rows);
      for (org.apache.avro.Schema.Field field : fields) {
        AvroValues.write(out, field.schema(), from.getVector(field.pos()), row);
      }
    }
  }
}
