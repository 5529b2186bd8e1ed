package dev.millrace.jobs.parquet;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.Path;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.SeekableInputStream;

/** Files of Flink's file systems, as Parquet wants them. */
final class ParquetFiles {

  private ParquetFiles() {}

  /** A file that is there. */
  static InputFile input(Path path) throws IOException {
    long length = path.getFileSystem().getFileStatus(path).getLen();
    return new InputFile() {
      @Override
      public long getLength() {
        return length;
      }

      @Override
      public SeekableInputStream newStream() throws IOException {
        return new Seekable(path.getFileSystem().open(path));
      }
    };
  }

  /** A file that is written to a stream, which stays the caller's. */
  static OutputFile output(OutputStream out) {
    return new OutputFile() {
      @Override
      public PositionOutputStream create(long blockSize) {
        return new Positioned(out);
      }

      @Override
      public PositionOutputStream createOrOverwrite(long blockSize) {
        return new Positioned(out);
      }

      @Override
      public boolean supportsBlockSize() {
        return false;
      }

      @Override
      public long defaultBlockSize() {
        return 0;
      }
    };
  }

  private static final class Seekable extends DelegatingSeekableInputStream {
    private final FSDataInputStream in;

    Seekable(FSDataInputStream in) {
      super(in);
      this.in = in;
    }

    @Override
    public long getPos() throws IOException {
      return in.getPos();
    }

    @Override
    public void seek(long position) throws IOException {
      in.seek(position);
    }
  }

  private static final class Positioned extends PositionOutputStream {
    private final OutputStream out;
    private long position;

    Positioned(OutputStream out) {
      this.out = out;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
      position++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }
}
