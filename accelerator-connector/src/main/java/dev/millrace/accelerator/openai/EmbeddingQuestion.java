package dev.millrace.accelerator.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.millrace.accelerator.embedding.TokenBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** Writes rows as the body of a request to embed them, straight from the batch's memory. */
final class EmbeddingQuestion {

  /** An id of five digits and its comma. */
  private static final int BYTES_OF_ID = 6;

  private static final int BYTES_OF_FRAME = 256;
  private static final int MOST_DIGITS = 20;

  private EmbeddingQuestion() {}

  /**
   * The body for all rows of a batch, as their tokens. The caller owns it.
   *
   * @param base64 whether vectors are to be written so and not as numbers
   */
  static ByteBuf ofTokens(
      String model, boolean base64, TokenBatch batch, ByteBufAllocator allocator) {
    ByteBuf body = allocator.buffer(BYTES_OF_FRAME + batch.rows() * batch.width() * BYTES_OF_ID);
    boolean done = false;
    try {
      ascii(
          body,
          "{\"model\":\""
              + quoted(model)
              + "\",\"encoding_format\":\""
              + (base64 ? "base64" : "float")
              + "\",\"input\":[");
      byte[] digits = new byte[MOST_DIGITS];
      for (int row = 0; row < batch.rows(); row++) {
        body.writeByte(row == 0 ? ' ' : ',').writeByte('[');
        long place = (long) row * batch.width() * Long.BYTES;
        for (int token = 0; token < batch.tokens(row); token++) {
          if (token > 0) {
            body.writeByte(',');
          }
          number(body, batch.ids().getLong(place + (long) token * Long.BYTES), digits);
        }
        body.writeByte(']');
      }
      ascii(body, "]}");
      done = true;
      return body;
    } finally {
      if (!done) {
        body.release();
      }
    }
  }

  private static void number(ByteBuf body, long number, byte[] digits) {
    if (number < 0) {
      ascii(body, Long.toString(number));
      return;
    }
    int at = digits.length;
    long left = number;
    do {
      digits[--at] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left > 0);
    body.writeBytes(digits, at, digits.length - at);
  }

  private static String quoted(String text) {
    return new String(JsonStringEncoder.getInstance().quoteAsString(text));
  }

  private static void ascii(ByteBuf body, String text) {
    body.writeCharSequence(text, StandardCharsets.UTF_8);
  }
}
