package dev.millrace.jobs.input;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A gzip stream, of one member or of several one after another, that is opened by the first read,
 * so that a file that is no gzip is met where one that ends early is.
 */
final class GzipStream extends InputStream {

  private final InputStream raw;
  private @Nullable InputStream inflated;

  GzipStream(InputStream raw) {
    this.raw = raw;
  }

  private InputStream inflated() throws IOException {
    InputStream open = inflated;
    if (open == null) {
      open = new GZIPInputStream(new MoreToCome(raw), 1 << 16);
      inflated = open;
    }
    return open;
  }

  @Override
  public int read() throws IOException {
    return inflated().read();
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return inflated().read(bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    if (inflated != null) {
      inflated.close();
    }
    raw.close();
  }

  /**
   * Says that there is more. The JDK's reader looks for another member only if the stream below
   * says so, and the streams of object stores say that nothing is available when nothing is
   * buffered: rows would be lost without a word.
   */
  private static final class MoreToCome extends FilterInputStream {
    MoreToCome(InputStream in) {
      super(in);
    }

    @Override
    public int available() {
      return 1;
    }
  }
}
