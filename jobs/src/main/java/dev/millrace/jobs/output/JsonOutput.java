package dev.millrace.jobs.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** A JSON object a line, with every column of the row; see {@link JsonValues} for the types. */
public final class JsonOutput implements TableOutput {

  private static final long serialVersionUID = 1L;
  private static final JsonFactory JSON = new JsonFactory();

  @Override
  public String ending() {
    return OutputFolder.JSONL;
  }

  @Override
  public void check(Schema columns) {
    // Everything can be written as JSON.
  }

  @Override
  public TableWriter open(OutputStream out, Schema columns) throws IOException {
    JsonGenerator json = JSON.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    json.setRootValueSeparator(null);
    return new Writer(json, columns);
  }

  private static final class Writer implements TableWriter {
    private final JsonGenerator json;
    private final List<Field> columns;

    Writer(JsonGenerator json, Schema columns) {
      this.json = json;
      this.columns = columns.getFields();
    }

    @Override
    public void write(VectorSchemaRoot rows) throws IOException {
      for (int row = 0; row < rows.getRowCount(); row++) {
        json.writeStartObject();
        for (int column = 0; column < columns.size(); column++) {
          json.writeFieldName(columns.get(column).getName());
          JsonValues.write(json, rows.getVector(column), row);
        }
        json.writeEndObject();
        json.writeRaw('\n');
      }
    }

    @Override
    public void close() throws IOException {
      json.close();
    }
  }
}
