package dev.millrace.jobs.input;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream of bytes into lines at LF, CR LF or CR, and counts them. Skips a byte order mark.
 * A line that is too long comes cut and marked; a compressed stream that is broken ends with a last
 * line that says so.
 */
final class LineReader implements Closeable {

  private static final byte[] LF = {'\n'};
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] CR = {'\r'};
  private static final byte[] NONE = {};

  private final InputStream in;
  private final int longest;
  private final byte[] buffer = new byte[1 << 16];
  private int position;
  private int limit;
  private byte[] line = new byte[256];
  private int length;
  private long number;
  private boolean over;

  /**
   * @param in owned from now on
   * @param longest the most bytes that a line may have
   */
  LineReader(InputStream in, int longest) throws IOException {
    this.in = in;
    this.longest = longest;
  }

  /** The next line, or null at the end. */
  @Nullable Line next() throws IOException {
    if (over) {
      return null;
    }
    length = 0;
    number++;
    long bytes = 0;
    try {
      if (number == 1) {
        skipByteOrderMark();
      }
      while (true) {
        if (position == limit && !fill()) {
          over = true;
          return bytes == 0 ? null : line(bytes, NONE);
        }
        int end = position;
        while (end < limit && buffer[end] != '\n' && buffer[end] != '\r') {
          end++;
        }
        append(end - position);
        bytes += end - position;
        position = end;
        if (end < limit) {
          return line(bytes, lineBreak());
        }
      }
    } catch (EOFException | ZipException broken) {
      // Both come from decompression only: a plain stream just ends.
      over = true;
      return new Line(
          number,
          Arrays.copyOf(line, length),
          NONE,
          "The gzip stream is broken after line "
              + (number - 1)
              + " ("
              + (broken instanceof EOFException ? "it ends early" : broken.getMessage())
              + "). The lines before were read; what follows is lost.");
    }
  }

  private Line line(long bytes, byte[] lineBreak) {
    String trouble =
        bytes <= longest
            ? null
            : "The line has " + bytes + " bytes; the most is " + longest + ". What follows is cut.";
    return new Line(number, Arrays.copyOf(line, length), lineBreak, trouble);
  }

  private byte[] lineBreak() throws IOException {
    if (buffer[position++] == '\n') {
      return LF;
    }
    boolean more;
    try {
      more = position < limit || fill();
    } catch (EOFException | ZipException brokenAfterwards) {
      // The line itself is whole; the next call meets the trouble again.
      more = false;
    }
    if (more && buffer[position] == '\n') {
      position++;
      return CRLF;
    }
    return CR;
  }

  private void append(int count) {
    int kept = Math.min(count, longest - length);
    if (length + kept > line.length) {
      line = Arrays.copyOf(line, Math.max(length + kept, line.length * 2));
    }
    System.arraycopy(buffer, position, line, length, kept);
    length += kept;
  }

  private void skipByteOrderMark() throws IOException {
    while (limit < 3) {
      int read = in.read(buffer, limit, buffer.length - limit);
      if (read < 0) {
        return;
      }
      limit += read;
    }
    if (buffer[0] == (byte) 0xEF && buffer[1] == (byte) 0xBB && buffer[2] == (byte) 0xBF) {
      position = 3;
    }
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = 0;
    int read = in.read(buffer);
    if (read <= 0) {
      return false;
    }
    limit = read;
    return true;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
