package dev.millrace.jobs.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.schemas.ItemField;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object is a row. Numbers and booleans are taken as they are written; null is no value. A
 * mapped field that is an object or an array is unreadable.
 */
final class JsonRows implements MessageDecoder {

  private static final long serialVersionUID = 1L;
  private static final JsonFactory JSON = new JsonFactory();

  private final Columns columns;
  private final RowClassifier classifier;

  JsonRows(Columns columns, RowClassifier classifier) {
    this.columns = columns;
    this.classifier = classifier;
  }

  @Override
  public SourceRow decode(byte[] object) throws IOException, UnreadableRowException {
    Map<String, @Nullable String> fields;
    try {
      fields = fields(object);
    } catch (JsonProcessingException noJson) {
      throw new UnreadableRowException("It is no JSON: " + noJson.getOriginalMessage());
    } catch (CharConversionException noText) {
      throw new UnreadableRowException("It is not UTF-8: " + noText.getMessage());
    }
    List<@Nullable String> mapped = new ArrayList<>(columns.fields());
    mapped.addAll(
        Arrays.asList(
            columns.user(),
            columns.item(),
            columns.text(),
            columns.basket(),
            columns.quantity(),
            columns.time(),
            columns.available()));
    for (String column : mapped) {
      if (column != null && fields.containsKey(column) && fields.get(column) == null) {
        throw new UnreadableRowException("The field '" + column + "' is an object or an array.");
      }
    }
    return classifier.classify(
        fields.get(columns.user()),
        fields.get(columns.item()),
        columns.text() == null ? null : fields.get(columns.text()),
        columns.basket() == null ? null : fields.get(columns.basket()),
        // A field that is not there says what a missing column says: one.
        columns.quantity() == null ? null : fields.get(columns.quantity()),
        fields.get(columns.time()),
        columns.available() == null ? null : fields.get(columns.available()),
        more(fields));
  }

  private List<ItemField> more(Map<String, @Nullable String> fields) {
    if (columns.fields().isEmpty()) {
      return List.of();
    }
    List<ItemField> values = new ArrayList<>();
    for (String name : columns.fields()) {
      String value = fields.get(name);
      if (value != null) {
        values.add(new ItemField(name, value));
      }
    }
    return values;
  }

  /**
   * The scalar fields at the top of an object, as they are written, and null for each that is not
   * scalar.
   *
   * @throws JsonProcessingException if the bytes are not one JSON object
   */
  static Map<String, @Nullable String> fields(byte[] object) throws IOException {
    Map<String, @Nullable String> fields = new HashMap<>();
    try (JsonParser parser = JSON.createParser(object)) {
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

  private static final class NotAnObjectException extends JsonProcessingException {
    private static final long serialVersionUID = 1L;

    NotAnObjectException(String message) {
      super(message);
    }
  }
}
