package dev.millrace.jobs.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object a line. The columns are the fields that any object has, with the types that all
 * their values have; a field that an object lacks is null.
 */
public final class JsonTable implements TableFormat {

  private static final long serialVersionUID = 1L;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          // Numbers are kept as they are written.
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  @Override
  public Table inspect(List<Path> files) throws IOException {
    JsonColumn objects = new JsonColumn();
    List<Long> rows = new ArrayList<>();
    boolean any = false;
    for (Path file : files) {
      long count = 0;
      try (Reader reader = new Reader(file, new Schema(List.of()))) {
        while (reader.advance()) {
          count++;
          if (reader.object != null) {
            any = true;
            objects.addFields(reader.object);
          }
        }
      }
      rows.add(count);
    }
    if (!any) {
      throw new IOException(
          files.get(0).getPath()
              + (files.size() > 1 ? " and the others hold" : " holds")
              + " no JSON object. Each line must be one; say what the files are by"
              + " --input-format.");
    }
    List<String> notes = new ArrayList<>();
    return new Table(new Schema(objects.columns(notes)), rows, notes);
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
    private final LineReader lines;
    private @Nullable Line line;
    private @Nullable JsonNode object;
    private String trouble = "";

    Reader(Path file, Schema columns) throws IOException {
      super("file " + file.getName(), columns);
      source = file.getPath();
      try {
        lines = new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES);
      } catch (IOException | RuntimeException failed) {
        super.close();
        throw failed;
      }
    }

    @Override
    protected boolean skip() throws IOException {
      return nextLine() != null;
    }

    private @Nullable Line nextLine() throws IOException {
      Line next = lines.next();
      while (next != null
          && next.trouble() == null
          && new String(next.content(), StandardCharsets.UTF_8).isBlank()) {
        next = lines.next();
      }
      return next;
    }

    /** Reads a line; the object is null if there is none on it. */
    boolean advance() throws IOException {
      Line next = nextLine();
      line = next;
      object = null;
      if (next == null) {
        return false;
      }
      if (next.trouble() != null) {
        trouble = next.trouble();
        return true;
      }
      try {
        JsonNode read = JSON.readTree(next.content());
        if (read.isObject()) {
          object = read;
        } else {
          trouble = "The line is no JSON object.";
        }
      } catch (JsonProcessingException noJson) {
        trouble = "It is no JSON: " + noJson.getOriginalMessage();
      } catch (java.io.CharConversionException noText) {
        trouble = "It is not UTF-8: " + noText.getMessage();
      }
      return true;
    }

    @Override
    protected Step read(VectorSchemaRoot root, int into) throws IOException {
      if (!advance()) {
        return Step.END;
      }
      JsonNode row = object;
      if (row == null) {
        return Step.UNREADABLE;
      }
      for (FieldVector vector : root.getFieldVectors()) {
        set(vector, into, row.get(vector.getName()));
      }
      return Step.ROW;
    }

    private static void set(FieldVector vector, int row, @Nullable JsonNode value) {
      if (value == null || value.isNull()) {
        vector.setNull(row);
        return;
      }
      if (vector instanceof VarCharVector texts) {
        String text = value.isTextual() ? value.textValue() : value.toString();
        texts.setSafe(row, text.getBytes(StandardCharsets.UTF_8));
      } else if (vector instanceof BigIntVector longs) {
        longs.setSafe(row, value.longValue());
      } else if (vector instanceof Float8Vector doubles) {
        doubles.setSafe(row, value.doubleValue());
      } else if (vector instanceof BitVector truths) {
        truths.setSafe(row, value.booleanValue() ? 1 : 0);
      } else if (vector instanceof ListVector lists) {
        int at = lists.startNewValue(row);
        for (int i = 0; i < value.size(); i++) {
          set(lists.getDataVector(), at + i, value.get(i));
        }
        lists.endValue(row, value.size());
      } else {
        StructVector structs = (StructVector) vector;
        structs.setIndexDefined(row);
        for (FieldVector child : structs.getChildrenFromFields()) {
          set(child, row, value.get(child.getName()));
        }
      }
    }

    @Override
    protected DeadLetter letter() {
      Line broken = Objects.requireNonNull(line);
      return DeadLetters.letter(source, broken.number(), broken.content(), trouble);
    }

    @Override
    public void close() throws IOException {
      try {
        lines.close();
      } finally {
        super.close();
      }
    }
  }
}
