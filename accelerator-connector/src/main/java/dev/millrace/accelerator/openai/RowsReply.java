package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer that has numbers for each row, without making a tree of it: an object with rows
 * under {@code data} or {@code results}, or the rows alone. A row's numbers may be written as
 * base64, as an array, as arrays in an array, or as one number. For one answer.
 */
final class RowsReply {

  /** Takes the rows. */
  interface Rows {

    /**
     * A row's numbers; valid during the call.
     *
     * @param index the row's place in the request, as the server says
     * @param label what the server calls the row; null if it does not say
     */
    void row(int index, FloatSpan numbers, @Nullable String label);
  }

  /**
   * The first numbers of an array.
   *
   * @param count how many
   */
  @SuppressWarnings("ArrayRecordComponent") // It is lent, and compared by nobody.
  record FloatSpan(float[] values, int count) {}

  private static final JsonFactory JSON = new JsonFactory();

  /** The bytes of base64 as they come out of the parser. */
  private static final class Bytes extends ByteArrayOutputStream {
    ByteBuffer view() {
      return ByteBuffer.wrap(buf, 0, count).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private final Set<String> fields;
  private final Rows rows;
  private final Bytes bytes = new Bytes();
  private float[] vector = new float[1024];
  private int found;
  private long tokens;

  /**
   * @param fields under one of which a row's numbers are
   */
  RowsReply(Set<String> fields, Rows rows) {
    this.fields = fields;
    this.rows = rows;
  }

  /** Tokens that the server says it has read; 0 if it does not say. */
  long tokens() {
    return tokens;
  }

  /**
   * Reads it all.
   *
   * @throws IOException if it is no JSON
   * @throws AcceleratorException of category OUTPUT if it is no answer of this kind
   */
  void read(ByteBuf answer) throws IOException {
    try (InputStream in = new ByteBufInputStream(answer);
        JsonParser parser = JSON.createParser(in)) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_ARRAY) {
        readRows(parser, "the answer");
        return;
      }
      if (first != JsonToken.START_OBJECT) {
        throw wrong("the answer is no JSON object");
      }
      boolean any = false;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "data", "results" -> {
            readRows(parser, "'" + name + "'");
            any = true;
          }
          case "usage" -> readUsage(parser);
          default -> parser.skipChildren();
        }
      }
      if (!any) {
        throw wrong("the answer has no 'data'");
      }
    }
  }

  private void readRows(JsonParser parser, String where) throws IOException {
    require(parser, JsonToken.START_ARRAY, where + " is no array");
    for (int place = 0; parser.nextToken() != JsonToken.END_ARRAY; place++) {
      require(parser, JsonToken.START_OBJECT, where + " has something that is no object");
      int index = place;
      String label = null;
      found = -1;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        if (fields.contains(name)) {
          readNumbers(parser, name);
        } else if (name.equals("index")) {
          index = parser.getIntValue();
        } else if (name.equals("label") && parser.currentToken() == JsonToken.VALUE_STRING) {
          label = parser.getText();
        } else {
          parser.skipChildren();
        }
      }
      if (found < 0) {
        throw wrong("row " + index + " of the answer has no " + String.join(" or ", fields));
      }
      rows.row(index, new FloatSpan(vector, found), label);
    }
  }

  private void readNumbers(JsonParser parser, String field) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      bytes.reset();
      int size = parser.readBinaryValue(bytes);
      if (size % Float.BYTES != 0) {
        throw wrong(
            "the " + field + " in base64 has " + size + " bytes, which is no number of float32");
      }
      found = size / Float.BYTES;
      vector = found > vector.length ? new float[found] : vector;
      bytes.view().asFloatBuffer().get(vector, 0, found);
      return;
    }
    if (parser.currentToken().isNumeric() || parser.currentToken() == JsonToken.VALUE_NULL) {
      vector[0] = number(parser);
      found = 1;
      return;
    }
    require(parser, JsonToken.START_ARRAY, "'" + field + "' is neither base64 nor numbers");
    found = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          add(number(parser));
        }
      } else {
        add(number(parser));
      }
    }
  }

  private void add(float number) {
    if (found == vector.length) {
      vector = Arrays.copyOf(vector, 2 * found);
    }
    vector[found++] = number;
  }

  /** A server in Python writes NaN as null, or as a word that the parser refuses. */
  private static float number(JsonParser parser) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_NULL ? Float.NaN : parser.getFloatValue();
  }

  private void readUsage(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (name.equals("total_tokens") && parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        tokens = parser.getLongValue();
      } else {
        parser.skipChildren();
      }
    }
  }

  private static void require(JsonParser parser, JsonToken token, String otherwise) {
    if (parser.currentToken() != token) {
      throw wrong("the answer is not as this route has it: " + otherwise);
    }
  }

  private static AcceleratorException wrong(String what) {
    return new AcceleratorException(Category.OUTPUT, what + ".");
  }
}
