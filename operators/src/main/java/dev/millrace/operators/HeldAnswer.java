package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import java.nio.FloatBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of a batch where the model wrote them, for as long as rows wait to leave with them:
 * the last that lets go closes the answer. Used on the task's thread alone.
 */
final class HeldAnswer {

  private final ArrowBatch answer;
  private final ArrowBuf values;
  private @Nullable FloatBuffer floats;
  private int holders = 1;

  /**
   * Whoever makes it holds it.
   *
   * @param answer retained here; the caller's reference stays the caller's
   * @param values the memory of one of its columns, floats
   */
  HeldAnswer(ArrowBatch answer, ArrowBuf values) {
    this.answer = answer.retain();
    this.values = values;
  }

  void hold() {
    holders++;
  }

  void letGo() {
    holders--;
    if (holders == 0) {
      answer.close();
    }
  }

  ArrowBuf values() {
    return values;
  }

  /** All of them, for copying; made when first needed. */
  FloatBuffer floats() {
    if (floats == null) {
      floats = EmbeddingView.floatsOf(values);
    }
    return floats;
  }
}
