package dev.millrace.jobs.parquet;

import dev.millrace.jobs.output.TableOutput;
import dev.millrace.jobs.output.TableWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

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
    return new RowGroupWriter(
        ParquetFiles.output(out),
        columns,
        Map.of(ARROW_SCHEMA, Base64.getEncoder().encodeToString(columns.serializeAsMessage())),
        CompressionCodecName.SNAPPY,
        ParquetWriter.DEFAULT_BLOCK_SIZE);
  }
}
