package dev.millrace.jobs.input;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * Tells Arrow IPC files from Arrow IPC streams. A file is a stream between two marks, with an index
 * before the second that reading from the beginning does not need.
 */
final class ArrowKind {

  private static final byte[] MARK = "ARROW1".getBytes(StandardCharsets.US_ASCII);
  private static final int STREAM_IN_FILE = 8;
  private static final byte[] STREAM_BEGINNING = {-1, -1, -1, -1};

  private ArrowKind() {}

  /** Opens a file at its first message. The caller closes it. */
  static ArrowMessages open(Path path) throws IOException {
    FSDataInputStream in = null;
    try {
      FileSystem fileSystem = path.getFileSystem();
      long size = fileSystem.getFileStatus(path).getLen();
      in = fileSystem.open(path);
      in.seek(messagesStart(path, in, size));
      return new ArrowMessages(in, size);
    } catch (IOException | RuntimeException failed) {
      if (in != null) {
        in.close();
      }
      throw ArrowFileException.of(path, failed);
    }
  }

  private static long messagesStart(Path path, FSDataInputStream in, long size) throws IOException {
    byte[] beginning = in.readNBytes(MARK.length);
    if (Arrays.equals(beginning, MARK)) {
      in.seek(Math.max(0, size - MARK.length));
      if (size < STREAM_IN_FILE + MARK.length || !Arrays.equals(in.readNBytes(MARK.length), MARK)) {
        throw new ArrowFileException(
            path,
            "is cut off: it begins as an Arrow IPC file and does not end as one. Write or copy it"
                + " again.");
      }
      return STREAM_IN_FILE;
    }
    if (beginning.length >= STREAM_BEGINNING.length
        && Arrays.equals(Arrays.copyOf(beginning, STREAM_BEGINNING.length), STREAM_BEGINNING)) {
      return 0;
    }
    throw new ArrowFileException(
        path,
        "is no Arrow IPC file and no Arrow IPC stream: "
            + (beginning.length == 0
                ? "it is empty"
                : "it begins with the bytes " + HexFormat.of().formatHex(beginning))
            + ". Write it with Arrow 0.15 or newer, for example with"
            + " pyarrow.ipc.new_file(path, schema).");
  }
}
