package dev.millrace.operators;

import dev.millrace.schemas.DeadLetter;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** The side output of rows that could not be inferred. */
public final class DeadLetters {

  /** Category of a row that is not fit for inference. */
  public static final String INVALID = "INVALID";

  /** The side output. */
  public static final OutputTag<DeadLetter> TAG =
      new OutputTag<>("dead-letters", new AvroTypeInfo<>(DeadLetter.class));

  private DeadLetters() {}

  static DeadLetter of(
      String category, String reason, int attempts, @Nullable String modelDigest, byte[] payload) {
    return DeadLetter.newBuilder()
        .setCategory(category)
        .setReason(reason)
        .setAttempts(attempts)
        .setModelDigest(modelDigest)
        .setPayload(ByteBuffer.wrap(payload))
        .setOccurredAt(Instant.now())
        .build();
  }
}
