package dev.millrace.jobs.feed;

import java.io.IOException;
import java.net.URI;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.fs.local.LocalFileSystem;

/**
 * Local files, {@code gated:/FOLDER/FILE}, that come as far as a test has let them, so that a job
 * runs for as long as the test has to do with it.
 */
final class GatedFiles extends LocalFileSystem {

  static final String SCHEME = "gated";

  private static final Object MOVED = new Object();
  private static long open;
  private static boolean endsThere;

  /** Named among the services of this module's tests. */
  public static final class Factory implements FileSystemFactory {
    @Override
    public String getScheme() {
      return SCHEME;
    }

    @Override
    public FileSystem create(URI uri) {
      return new GatedFiles();
    }
  }

  /** Lets so many bytes of each file through, counted from its beginning. */
  static void open(long bytes) {
    synchronized (MOVED) {
      open = bytes;
      endsThere = false;
      MOVED.notifyAll();
    }
  }

  /** The files end where they have come to. */
  static void end() {
    synchronized (MOVED) {
      endsThere = true;
      MOVED.notifyAll();
    }
  }

  @Override
  public URI getUri() {
    return URI.create(SCHEME + ":///");
  }

  @Override
  public FSDataInputStream open(Path file) throws IOException {
    return new Gate(super.open(file));
  }

  private static final class Gate extends FSDataInputStream {
    private final FSDataInputStream in;

    Gate(FSDataInputStream in) {
      this.in = in;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      long there = awaitMore(in.getPos());
      return there <= 0 ? -1 : in.read(bytes, offset, (int) Math.min(length, there));
    }

    private static long awaitMore(long position) throws IOException {
      synchronized (MOVED) {
        try {
          while (open <= position && !endsThere) {
            MOVED.wait();
          }
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new IOException(interrupted);
        }
        return open - position;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public void seek(long position) throws IOException {
      in.seek(position);
    }

    @Override
    public long getPos() throws IOException {
      return in.getPos();
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
