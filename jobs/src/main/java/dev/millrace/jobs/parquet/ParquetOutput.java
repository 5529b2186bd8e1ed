package dev.millrace.jobs.parquet;

import dev.millrace.jobs.output.TableOutput;
import dev.millrace.jobs.output.TableWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * Parquet files, compressed with Snappy. The Arrow schema is in them as Arrow's own libraries put
 * it there, so that these give lists of fixed length and zones back.
 */
public final class ParquetOutput implements TableOutput {

  private static final long serialVersionUID = 1L;
  private static final String ARROW_SCHEMA = "ARROW:schema";

  @Override
  public String ending() {
    return ".parquet";
  }

  @Override
  public void check(Schema columns) throws IOException {
    ToParquet.message(columns);
  }

  @Override
  public TableWriter open(OutputStream out, Schema columns) throws IOException {
    Rows rows = new Rows(columns);
    Builder builder = new Builder(ParquetFiles.output(out), rows);
    for (Field column : columns.getFields()) {
      // No float of a vector is there twice: a dictionary would only cost.
      if (!column.getChildren().isEmpty()) {
        builder.withDictionaryEncoding(column.getName() + ".list.element", false);
      }
    }
    ParquetWriter<Integer> writer =
        builder
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCodecs())
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .build();
    return new Writer(writer, rows);
  }

  private record Writer(ParquetWriter<Integer> file, Rows rows) implements TableWriter {
    @Override
    public void write(VectorSchemaRoot root) throws IOException {
      rows.root = root;
      for (int row = 0; row < root.getRowCount(); row++) {
        file.write(row);
      }
      rows.root = null;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  private static final class Builder extends ParquetWriter.Builder<Integer, Builder> {
    private final Rows rows;

    Builder(OutputFile file, Rows rows) {
      super(file);
      this.rows = rows;
    }

    @Override
    protected Builder self() {
      return this;
    }

    // Parquet declares both, and this one as abstract.
    @Override
    @SuppressWarnings("deprecation")
    protected WriteSupport<Integer> getWriteSupport(Configuration configuration) {
      return rows;
    }

    @Override
    protected WriteSupport<Integer> getWriteSupport(ParquetConfiguration configuration) {
      return rows;
    }
  }

  /** Writes the row of that number. */
  private static final class Rows extends WriteSupport<Integer> {
    private final MessageType message;
    private final List<Field> columns;
    private final Map<String, String> metadata;
    private @Nullable RecordConsumer consumer;
    @Nullable VectorSchemaRoot root;

    Rows(Schema columns) throws IOException {
      this.message = ToParquet.message(columns);
      this.columns = columns.getFields();
      this.metadata =
          Map.of(ARROW_SCHEMA, Base64.getEncoder().encodeToString(columns.serializeAsMessage()));
    }

    // Parquet declares both, and this one as abstract.
    @Override
    @SuppressWarnings("deprecation")
    public WriteContext init(Configuration configuration) {
      return new WriteContext(message, metadata);
    }

    @Override
    public WriteContext init(ParquetConfiguration configuration) {
      return new WriteContext(message, metadata);
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      consumer = recordConsumer;
    }

    @Override
    public void write(Integer row) {
      RecordConsumer to = Objects.requireNonNull(consumer);
      VectorSchemaRoot from = Objects.requireNonNull(root);
      to.startMessage();
      for (int i = 0; i < columns.size(); i++) {
        ParquetValues.writeField(to, columns.get(i).getName(), i, from.getVector(i), row);
      }
      to.endMessage();
    }
  }
}
