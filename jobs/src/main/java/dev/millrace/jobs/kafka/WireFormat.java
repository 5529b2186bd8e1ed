package dev.millrace.jobs.kafka;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.OptionalInt;

/**
 * Confluent's framing of a message: a zero byte, the id of the writer's schema in the registry as
 * four bytes, the most significant first, and then the Avro binary. As documented under "Wire
 * format" of Confluent's Schema Registry.
 */
public final class WireFormat {

  /** Bytes before the Avro binary. */
  public static final int HEADER_BYTES = 5;

  private static final byte MAGIC = 0;

  private WireFormat() {}

  /** The id of the writer's schema, or empty if the message is not framed so. */
  public static OptionalInt schemaId(byte[] message) {
    return message.length >= HEADER_BYTES && message[0] == MAGIC
        ? OptionalInt.of(ByteBuffer.wrap(message, 1, Integer.BYTES).getInt())
        : OptionalInt.empty();
  }

  /** Writes the header. */
  public static void writeHeader(int schemaId, ByteArrayOutputStream target) {
    try {
      DataOutputStream data = new DataOutputStream(target);
      data.writeByte(MAGIC);
      data.writeInt(schemaId);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
