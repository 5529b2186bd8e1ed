package dev.millrace.accelerator.oip;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Texts as raw contents of the type BYTES: each after its length in four bytes. */
final class RawTexts {

  private RawTexts() {}

  static ByteString encode(String[] texts) {
    ByteString.Output out = ByteString.newOutput();
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      byte[] length =
          ByteBuffer.allocate(Integer.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(bytes.length)
              .array();
      out.write(length, 0, length.length);
      out.write(bytes, 0, bytes.length);
    }
    return out.toByteString();
  }

  /** The texts; as many as there are whole ones. */
  static String[] decode(ByteString raw) {
    ByteBuffer bytes = ByteBuffer.wrap(raw.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    List<String> texts = new ArrayList<>();
    while (bytes.remaining() >= Integer.BYTES) {
      int length = bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        break;
      }
      texts.add(new String(bytes.array(), bytes.position(), length, StandardCharsets.UTF_8));
      bytes.position(bytes.position() + length);
    }
    return texts.toArray(String[]::new);
  }
}
