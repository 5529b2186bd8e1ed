package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.accelerator.embedding.TokenBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.arrow.vector.VarCharVector;

/** Writes rows into the body of a request, straight from the batch's memory. */
final class JsonBody {

  /** What writes the fields of the one object that a body is. */
  interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private static final JsonFactory JSON = new JsonFactory();
  private static final int BYTES_OF_FRAME = 256;

  /** An id of five digits and its comma. */
  private static final int BYTES_OF_ID = 6;

  private JsonBody() {}

  /**
   * A body. The caller owns it.
   *
   * @param rows whose size tells how much memory is likely needed
   */
  static ByteBuf of(QuestionRows rows, Fields fields) {
    ByteBuf body =
        PooledByteBufAllocator.DEFAULT.buffer(
            BYTES_OF_FRAME + rows.rows() * rows.tokens().width() * BYTES_OF_ID);
    boolean done = false;
    try (OutputStream out = new ByteBufOutputStream(body);
        JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
      json.flush();
      done = true;
      return body;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      if (!done) {
        body.release();
      }
    }
  }

  /** Each row's tokens as an array of numbers. */
  static void tokens(JsonGenerator json, String field, TokenBatch batch) throws IOException {
    json.writeArrayFieldStart(field);
    for (int row = 0; row < batch.rows(); row++) {
      json.writeStartArray();
      long place = (long) row * batch.width() * Long.BYTES;
      for (int token = 0; token < batch.tokens(row); token++) {
        json.writeNumber(batch.ids().getLong(place + (long) token * Long.BYTES));
      }
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  /** Each row's text. */
  static void texts(JsonGenerator json, String field, VarCharVector texts) throws IOException {
    json.writeArrayFieldStart(field);
    for (int row = 0; row < texts.getValueCount(); row++) {
      text(json, texts, row);
    }
    json.writeEndArray();
  }

  /** One row's text. */
  static void text(JsonGenerator json, VarCharVector texts, int row) throws IOException {
    byte[] utf8 = texts.get(row);
    json.writeUTF8String(utf8, 0, utf8.length);
  }
}
