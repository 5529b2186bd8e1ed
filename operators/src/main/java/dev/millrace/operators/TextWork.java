package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/** Texts that travel as one batch. */
final class TextWork<W extends Waiter<W>> implements InferenceWork {

  private final TextIntake<W> intake;
  private final PendingText<W>[] texts;
  private final int from;
  private final int rows;
  private final int width;
  private final int attempt;
  private final int pauses;

  /** Null until it is laid out for another try. */
  private @Nullable TokenTensor tensor;

  private int tokens;

  /** The rows of a tensor, on their first try. */
  TextWork(TextIntake<W> intake, PendingText<W>[] texts, int from, TokenTensor tensor) {
    this.intake = intake;
    this.texts = texts;
    this.from = from;
    this.rows = tensor.rows();
    this.width = tensor.width();
    this.attempt = 1;
    this.pauses = 0;
    this.tensor = tensor;
    this.tokens = tensor.tokens();
  }

  private TextWork(TextWork<W> before, int from, int rows, int pauses) {
    this.intake = before.intake;
    this.texts = before.texts;
    this.from = from;
    this.rows = rows;
    this.width = before.width;
    this.attempt = before.attempt + 1;
    this.pauses = pauses;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public int pauses() {
    return pauses;
  }

  @Override
  public ArrowBatch toBatch() {
    TokenTensor made = tensor == null ? intake.tensorOf(texts, from, rows, width) : tensor;
    tensor = null;
    tokens = made.tokens();
    return intake.toBatch(made, texts, from, rows);
  }

  @Override
  public void succeed(ArrowBatch answer) {
    FixedSizeListVector vectors = (FixedSizeListVector) answer.requireColumn(intake.column());
    ArrowBuf values = vectors.getDataVector().getDataBuffer();
    long rowBytes = (long) vectors.getListSize() * Float.BYTES;
    HeldAnswer held = new HeldAnswer(answer, values);
    try {
      for (int row = 0; row < rows; row++) {
        intake.succeed(texts[from + row], held, row * rowBytes);
      }
    } finally {
      held.letGo();
    }
    if (attempt == 1) {
      // After a failure the list is shared with others, which are to read it.
      intake.buckets().reuse(texts);
    }
  }

  @Override
  public InferenceWork again(boolean counts) {
    return new TextWork<>(this, from, rows, counts ? pauses + 1 : pauses);
  }

  @Override
  public InferenceWork half(boolean second) {
    int half = rows / 2;
    return second
        ? new TextWork<>(this, from + half, rows - half, pauses)
        : new TextWork<>(this, from, half, pauses);
  }

  @Override
  public void fail(String category, String reason) {
    intake.fail(texts[from], category, reason, attempt);
  }

  @Override
  public void discard() {
    if (tensor != null) {
      tensor.giveBack();
      tensor = null;
    }
  }
}
