package dev.millrace.accelerator.generation;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.TextColumns;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;

/** The columns of answers: written by connectors, read by whoever asked. */
public final class AnswerColumns {

  private AnswerColumns() {}

  /** A batch of prompts with their answers. The caller owns it, and still owns {@code prompts}. */
  public static ArrowBatch add(
      ArrowBatch prompts, MemoryScope scope, List<GeneratedAnswer> answers) {
    BufferAllocator allocator = scope.allocator();
    VarCharVector texts = new VarCharVector(TextColumns.ANSWER, allocator);
    VarCharVector reasons = new VarCharVector(TextColumns.FINISH_REASON, allocator);
    IntVector read = new IntVector(TextColumns.PROMPT_TOKENS, allocator);
    IntVector written = new IntVector(TextColumns.ANSWER_TOKENS, allocator);
    BigIntVector first = new BigIntVector(TextColumns.FIRST_TOKEN_NANOS, allocator);
    List<FieldVector> columns = List.of(texts, reasons, read, written, first);
    try {
      columns.forEach(column -> column.setInitialCapacity(answers.size()));
      columns.forEach(FieldVector::allocateNew);
      for (int row = 0; row < answers.size(); row++) {
        GeneratedAnswer answer = answers.get(row);
        texts.setSafe(row, answer.text().getBytes(StandardCharsets.UTF_8));
        if (answer.finishReason() != null) {
          reasons.setSafe(row, answer.finishReason().getBytes(StandardCharsets.UTF_8));
        }
        if (answer.promptTokens() != null) {
          read.setSafe(row, answer.promptTokens());
        }
        if (answer.answerTokens() != null) {
          written.setSafe(row, answer.answerTokens());
        }
        if (answer.firstTokenNanos() != null) {
          first.setSafe(row, answer.firstTokenNanos());
        }
      }
      columns.forEach(column -> column.setValueCount(answers.size()));
      return prompts.withColumns(scope, columns);
    } catch (RuntimeException failure) {
      columns.forEach(FieldVector::close);
      throw failure;
    }
  }

  /**
   * One answer, on the heap.
   *
   * @throws IllegalArgumentException if the batch holds no answers
   */
  public static GeneratedAnswer read(ArrowBatch answers, int row) {
    FieldVector texts = answers.requireColumn(TextColumns.ANSWER);
    if (!(texts instanceof VarCharVector utf8) || utf8.isNull(row)) {
      throw new IllegalArgumentException(
          "The column " + texts.getField() + " has no answer in row " + row + ".");
    }
    return new GeneratedAnswer(
        new String(utf8.get(row), StandardCharsets.UTF_8),
        answers.column(TextColumns.FINISH_REASON) instanceof VarCharVector reasons
                && !reasons.isNull(row)
            ? new String(reasons.get(row), StandardCharsets.UTF_8)
            : null,
        answers.column(TextColumns.PROMPT_TOKENS) instanceof IntVector read && !read.isNull(row)
            ? Integer.valueOf(read.get(row))
            : null,
        answers.column(TextColumns.ANSWER_TOKENS) instanceof IntVector written
                && !written.isNull(row)
            ? Integer.valueOf(written.get(row))
            : null,
        answers.column(TextColumns.FIRST_TOKEN_NANOS) instanceof BigIntVector first
                && !first.isNull(row)
            ? Long.valueOf(first.get(row))
            : null);
  }
}
