package dev.millrace.jobs.output;

import dev.millrace.schemas.Recommendation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** A JSON object a message, as in {@link JsonLines}. */
final class JsonEncoder implements MessageEncoder<Recommendation> {

  private static final long serialVersionUID = 1L;

  @Override
  public void open() {}

  @Override
  public byte[] encode(Recommendation feed) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    JsonLines.write(feed, bytes);
    return bytes.toByteArray();
  }
}
