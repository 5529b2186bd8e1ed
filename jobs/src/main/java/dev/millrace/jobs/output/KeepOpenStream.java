package dev.millrace.jobs.output;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** For writers that close the stream below them, which is its owner's to do: it is only flushed. */
public final class KeepOpenStream extends FilterOutputStream {

  /** Over a stream that stays the caller's. */
  public KeepOpenStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
