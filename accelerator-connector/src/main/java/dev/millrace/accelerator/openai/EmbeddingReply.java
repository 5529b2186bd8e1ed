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

/**
 * Reads the answer to a request to embed, row by row, without making a tree of it. A vector may be
 * written as base64 or as numbers, whichever was asked for. For one answer.
 */
final class EmbeddingReply {

  /** Takes the vectors. */
  interface Rows {

    /**
     * A row's vector; valid during the call.
     *
     * @param index the row's place in the request, as the server says
     */
    void row(int index, FloatSpan vector);
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

  private final Rows rows;
  private final Bytes bytes = new Bytes();
  private float[] vector = new float[1024];
  private int found;
  private long tokens;

  EmbeddingReply(Rows rows) {
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
   * @throws AcceleratorException of category OUTPUT if it is no answer to a request to embed
   */
  void read(ByteBuf answer) throws IOException {
    try (InputStream in = new ByteBufInputStream(answer);
        JsonParser parser = JSON.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw wrong("the answer is no JSON object");
      }
      boolean any = false;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "data" -> {
            readData(parser);
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

  private void readData(JsonParser parser) throws IOException {
    require(parser, JsonToken.START_ARRAY, "'data' is no array");
    for (int place = 0; parser.nextToken() != JsonToken.END_ARRAY; place++) {
      require(parser, JsonToken.START_OBJECT, "'data' has something that is no object");
      int index = place;
      found = -1;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "index" -> index = parser.getIntValue();
          case "embedding" -> readVector(parser);
          default -> parser.skipChildren();
        }
      }
      if (found < 0) {
        throw wrong("row " + index + " of the answer has no 'embedding'");
      }
      rows.row(index, new FloatSpan(vector, found));
    }
  }

  private void readVector(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      bytes.reset();
      int size = parser.readBinaryValue(bytes);
      if (size % Float.BYTES != 0) {
        throw wrong("an embedding in base64 has " + size + " bytes, which is no number of float32");
      }
      found = size / Float.BYTES;
      vector = found > vector.length ? new float[found] : vector;
      bytes.view().asFloatBuffer().get(vector, 0, found);
      return;
    }
    require(parser, JsonToken.START_ARRAY, "an embedding is neither base64 nor an array");
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == vector.length) {
        vector = Arrays.copyOf(vector, 2 * count);
      }
      // A server in Python writes NaN as null, or as a word that the parser refuses.
      vector[count++] =
          parser.currentToken() == JsonToken.VALUE_NULL ? Float.NaN : parser.getFloatValue();
    }
    found = count;
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
      throw wrong("the answer is not one of embeddings: " + otherwise);
    }
  }

  private static AcceleratorException wrong(String what) {
    return new AcceleratorException(Category.OUTPUT, what + ".");
  }
}
