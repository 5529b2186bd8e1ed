package dev.millrace.operators;

import dev.millrace.accelerator.MemoryScope;
import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.vector.VarBinaryVector;
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

  /**
   * The column of a batch that says why rows have no vector: a dead letter as Avro's single-object
   * encoding, null where all went well.
   */
  public static final String COLUMN = "dead_letter";

  private DeadLetters() {}

  /** The letters of a batch as its column; the caller owns it. */
  static VarBinaryVector column(
      MemoryScope scope, int rowCount, List<Integer> rows, List<DeadLetter> letters) {
    VarBinaryVector column = new VarBinaryVector(COLUMN, scope.allocator());
    try {
      // Rows fail in any order, and the column is written in theirs.
      Map<Integer, byte[]> byRow = new TreeMap<>();
      for (int i = 0; i < letters.size(); i++) {
        byRow.put(rows.get(i), DeadLetter.getEncoder().encode(letters.get(i)).array());
      }
      column.allocateNew(rowCount);
      byRow.forEach((row, letter) -> column.setSafe(row, letter));
      column.setValueCount(rowCount);
      return column;
    } catch (IOException impossible) {
      column.close();
      throw new UncheckedIOException("A dead letter could not be written", impossible);
    } catch (RuntimeException failed) {
      column.close();
      throw failed;
    }
  }

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
