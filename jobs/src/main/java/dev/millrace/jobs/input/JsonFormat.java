package dev.millrace.jobs.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object a line. Numbers and booleans are taken as they are written; null is no value. A
 * mapped field that is an object or an array is unreadable.
 */
final class JsonFormat implements RecordFormat {

  private static final long serialVersionUID = 1L;
  private static final JsonFactory JSON = new JsonFactory();

  private final Columns columns;
  private final RowClassifier classifier;

  JsonFormat(Columns columns, RowClassifier classifier) {
    this.columns = columns;
    this.classifier = classifier;
  }

  @Override
  public RecordReader open(Path file) throws IOException {
    return new Reader(file.getPath(), new LineReader(InputFiles.open(file), CsvRecords.MOST_BYTES));
  }

  /**
   * The scalar fields at the top of an object, as they are written, and null for each that is not
   * scalar.
   *
   * @throws JsonProcessingException if the line is not one JSON object
   */
  static Map<String, @Nullable String> fields(byte[] line) throws IOException {
    Map<String, @Nullable String> fields = new HashMap<>();
    try (JsonParser parser = JSON.createParser(line)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new NotAnObjectException("The line is no JSON object.");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.START_OBJECT || value == JsonToken.START_ARRAY) {
          parser.skipChildren();
          fields.put(name, null);
        } else if (value == JsonToken.VALUE_NULL) {
          fields.remove(name);
        } else {
          fields.put(name, parser.getText());
        }
      }
      if (parser.nextToken() != null) {
        throw new NotAnObjectException("After the JSON object comes something more.");
      }
    }
    return fields;
  }

  private final class Reader implements RecordReader {
    private final String source;
    private final LineReader lines;

    Reader(String source, LineReader lines) {
      this.source = source;
      this.lines = lines;
    }

    @Override
    public @Nullable SourceRow next() throws IOException {
      Line line = lines.next();
      while (line != null && line.trouble() == null && blank(line.content())) {
        line = lines.next();
      }
      if (line == null) {
        return null;
      }
      if (line.trouble() != null) {
        return unreadable(line, line.trouble());
      }
      Map<String, @Nullable String> fields;
      try {
        fields = fields(line.content());
      } catch (JsonProcessingException noJson) {
        return unreadable(line, "It is no JSON: " + noJson.getOriginalMessage());
      } catch (java.io.CharConversionException noText) {
        return unreadable(line, "It is not UTF-8: " + noText.getMessage());
      }
      for (String column :
          new @Nullable String[] {
            columns.user(),
            columns.item(),
            columns.text(),
            columns.basket(),
            columns.quantity(),
            columns.time()
          }) {
        if (column != null && fields.containsKey(column) && fields.get(column) == null) {
          return unreadable(line, "The field '" + column + "' is an object or an array.");
        }
      }
      return classifier.classify(
          fields.get(columns.user()),
          fields.get(columns.item()),
          columns.text() == null ? null : fields.get(columns.text()),
          columns.basket() == null ? null : fields.get(columns.basket()),
          // A field that is not there says what a missing column says: one.
          columns.quantity() == null ? null : fields.get(columns.quantity()),
          fields.get(columns.time()));
    }

    private SourceRow unreadable(Line line, String reason) {
      return DeadLetters.unreadable(source, line.number(), line.content(), reason);
    }

    private static boolean blank(byte[] content) {
      for (byte b : content) {
        if (b != ' ' && b != '\t') {
          return false;
        }
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  private static final class NotAnObjectException extends JsonProcessingException {
    private static final long serialVersionUID = 1L;

    NotAnObjectException(String message) {
      super(message);
    }
  }
}
