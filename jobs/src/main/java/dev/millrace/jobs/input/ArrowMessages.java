package dev.millrace.jobs.input;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.flink.core.fs.FSDataInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The encapsulated messages of Arrow's IPC format, one after another. Arrow's own reader keeps
 * memory when a message is damaged, so this one reads them. Used by one thread.
 */
final class ArrowMessages implements Closeable {

  private static final int CONTINUATION = -1;
  private static final int CHUNK_BYTES = 1 << 16;

  private final FSDataInputStream in;
  private final long size;
  private final byte[] chunk = new byte[CHUNK_BYTES];

  /**
   * @param in at a message; owned from now on
   * @param size bytes of the whole file
   */
  ArrowMessages(FSDataInputStream in, long size) {
    this.in = in;
    this.size = size;
  }

  /**
   * The next message without its body, which must be read or skipped next; null at the end mark or
   * where the file ends between messages.
   */
  @Nullable Message next() throws IOException {
    if (left() == 0) {
      return null;
    }
    if (readInt() != CONTINUATION) {
      throw new IOException("where a message should begin is something else");
    }
    int length = readInt();
    if (length == 0) {
      return null;
    }
    checkLeft(length);
    byte[] message = new byte[length];
    readFully(message, length);
    return Message.getRootAsMessage(ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Reads a message's body. The caller owns the buffer. */
  ArrowBuf body(Message message, BufferAllocator allocator) throws IOException {
    long length = message.bodyLength();
    checkLeft(length);
    ArrowBuf body = allocator.buffer(length);
    try {
      for (long position = 0; position < length; ) {
        int part = (int) Math.min(chunk.length, length - position);
        readFully(chunk, part);
        body.setBytes(position, chunk, 0, part);
        position += part;
      }
      body.writerIndex(length);
      return body;
    } catch (IOException | RuntimeException failed) {
      body.close();
      throw failed;
    }
  }

  /** Goes over a message's body. */
  void skipBody(Message message) throws IOException {
    checkLeft(message.bodyLength());
    in.seek(in.getPos() + message.bodyLength());
  }

  private int readInt() throws IOException {
    readFully(chunk, Integer.BYTES);
    return ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private void readFully(byte[] target, int length) throws IOException {
    if (in.readNBytes(target, 0, length) < length) {
      throw new EOFException("it ends in the middle of a message");
    }
  }

  private long left() throws IOException {
    return size - in.getPos();
  }

  private void checkLeft(long length) throws IOException {
    if (length < 0 || length > left()) {
      throw new EOFException(
          "a message wants " + length + " more bytes, and the file has " + left());
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
