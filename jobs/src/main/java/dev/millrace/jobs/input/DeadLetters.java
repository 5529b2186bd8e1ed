package dev.millrace.jobs.input;

import dev.millrace.schemas.DeadLetter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Makes dead letters of what cannot be read. */
final class DeadLetters {

  private static final String UNREADABLE = "UNREADABLE";

  private DeadLetters() {}

  /** One for a line, or for a block at an offset. */
  static SourceRow unreadable(String source, long position, byte[] payload, String reason) {
    return SourceRow.of(letter(source, position, payload, reason));
  }

  /** The letter itself. */
  static DeadLetter letter(String source, long position, byte[] payload, String reason) {
    return DeadLetter.newBuilder()
        .setReason(reason)
        .setCategory(UNREADABLE)
        .setSource(source)
        .setPosition(position)
        .setPayload(ByteBuffer.wrap(payload))
        .setOccurredAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .build();
  }
}
