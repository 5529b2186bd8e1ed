package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.embedding.Likeness;
import dev.millrace.accelerator.embedding.TextRows;
import dev.millrace.accelerator.embedding.TokenRows;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;

/**
 * Looks whether a server's model is batch-invariant: a row must have the same answer alone as
 * padded beside another. It is a first sign of life, too.
 */
public final class InvarianceTrial {

  /**
   * Float16 and bfloat16 stay above it; a graph that quantises by batch falls below, to 0.985 and
   * less.
   */
  private static final double LEAST = 0.9999;

  /** Ids that every vocabulary has. */
  private static final long[] SHORT_ROW = {1, 2};

  private static final long[] LONG_ROW = {0, 3, 1, 2, 3, 1, 0, 2, 1, 3, 2, 1};

  private static final List<String> TEXTS =
      List.of("A word.", "A text that is a good deal longer than the other one, and says little.");

  private InvarianceTrial() {}

  /**
   * Tries it.
   *
   * @param patience how long each answer may take
   * @return whether the answers agree
   * @throws AcceleratorException if there is no answer, or one that no model gives
   */
  public static boolean passes(InferenceSession session, Duration patience) {
    try (MemoryScope scope = MemoryScope.open("trial of " + session.accelerator())) {
      float[] alone = firstVector(session, scope, patience, SHORT_ROW);
      float[] together = firstVector(session, scope, patience, SHORT_ROW, LONG_ROW);
      if (session.model().task() == ModelTask.TOKEN_CLASSIFICATION) {
        // What stands for padding means nothing.
        together = Arrays.copyOf(together, alone.length);
      }
      return Likeness.of(session.model().task()).between(alone, together) >= LEAST;
    }
  }

  private static ArrowBatch batch(InferenceSession session, MemoryScope scope, long[]... rows) {
    ArrowBatch tokens = TokenRows.of(scope, rows);
    return session.readsTexts()
        ? TextRows.add(tokens, scope, TEXTS.subList(0, rows.length), session.model())
        : tokens;
  }

  private static float[] firstVector(
      InferenceSession session, MemoryScope scope, Duration patience, long[]... rows) {
    try (ArrowBatch batch = batch(session, scope, rows);
        ArrowBatch answer = session.infer(batch).block(patience)) {
      if (answer == null) {
        throw new AcceleratorException(Category.OUTPUT, session + " did not answer a batch.");
      }
      FixedSizeListVector column =
          (FixedSizeListVector) answer.requireColumn(session.model().task().column());
      Float4Vector values = (Float4Vector) column.getDataVector();
      float[] vector = new float[column.getListSize()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = values.get(i);
      }
      return vector;
    } catch (IllegalStateException late) {
      throw new AcceleratorException(
          Category.TIMEOUT,
          session + " did not answer a first batch within " + patience.toMillis() + " ms.",
          late);
    }
  }
}
