package dev.millrace.jobs.backfill;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.schemas.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * What a batch knows of the part that it is of. It travels with the batch through the model, as the
 * first column: its values are the rows' places in their file, its metadata the rest. Behind the
 * last batch of a part comes one without rows, which says what became of the rows that are in none.
 *
 * @param part which part
 * @param rowsLeftOut rows that the condition left out, with the last batch; below zero before it
 * @param unreadable rows that could not be read, with the last batch
 */
record PartMark(Part part, long rowsLeftOut, List<DeadLetter> unreadable) {

  /** The first column's name; no column of users' is called so. */
  static final String ROW = "millrace.row";

  private static final String FILE = "file";
  private static final String NUMBER = "part";
  private static final String LEFT_OUT = "left-out";
  private static final String UNREADABLE = "unreadable";

  /** The mark of rows of a part. */
  static PartMark rows(Part part) {
    return new PartMark(part, -1, List.of());
  }

  boolean isEnd() {
    return rowsLeftOut >= 0;
  }

  /** The first column of a batch; the caller owns it. */
  BigIntVector column(MemoryScope scope, long[] rows) {
    BigIntVector column = new BigIntVector(field(), scope.allocator());
    try {
      column.allocateNew(rows.length);
      for (int i = 0; i < rows.length; i++) {
        column.set(i, rows[i]);
      }
      column.setValueCount(rows.length);
      return column;
    } catch (RuntimeException failed) {
      column.close();
      throw failed;
    }
  }

  /** The batch behind a part's last rows; the caller owns it. */
  ArrowBatch endBatch(MemoryScope scope) {
    List<FieldVector> columns = new ArrayList<>();
    columns.add(column(scope, new long[0]));
    return ArrowBatch.own(scope, new VectorSchemaRoot(columns));
  }

  private Field field() {
    Map<String, String> metadata = new HashMap<>();
    metadata.put(FILE, String.valueOf(part.file()));
    metadata.put(NUMBER, String.valueOf(part.number()));
    if (isEnd()) {
      metadata.put(LEFT_OUT, String.valueOf(rowsLeftOut));
      metadata.put(UNREADABLE, encode(unreadable));
    }
    return new Field(
        ROW, new FieldType(false, new ArrowType.Int(64, true), null, metadata), List.of());
  }

  /** Reads the mark of a batch. */
  static PartMark of(ArrowBatch batch) throws IOException {
    Map<String, String> metadata = batch.requireColumn(ROW).getField().getMetadata();
    Part part = new Part(number(metadata, FILE), number(metadata, NUMBER));
    String leftOut = metadata.get(LEFT_OUT);
    return leftOut == null
        ? rows(part)
        : new PartMark(
            part,
            Long.parseLong(leftOut),
            decode(Objects.requireNonNull(metadata.get(UNREADABLE))));
  }

  private static int number(Map<String, String> metadata, String key) {
    return Integer.parseInt(Objects.requireNonNull(metadata.get(key)));
  }

  private static String encode(List<DeadLetter> letters) {
    StringBuilder text = new StringBuilder();
    try {
      for (DeadLetter letter : letters) {
        text.append(text.isEmpty() ? "" : " ")
            .append(
                Base64.getEncoder().encodeToString(DeadLetter.getEncoder().encode(letter).array()));
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException("A dead letter could not be written", impossible);
    }
    return text.toString();
  }

  private static List<DeadLetter> decode(String text) throws IOException {
    List<DeadLetter> letters = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String letter : text.split(" ", -1)) {
        letters.add(DeadLetter.getDecoder().decode(Base64.getDecoder().decode(letter)));
      }
    }
    return letters;
  }
}
