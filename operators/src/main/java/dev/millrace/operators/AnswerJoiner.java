package dev.millrace.operators;

import dev.millrace.accelerator.generation.GeneratedAnswer;
import java.io.Serializable;

/**
 * Makes the row that leaves of the row that came and what a generator answered. Called on the
 * task's thread.
 */
@FunctionalInterface
public interface AnswerJoiner<IN, OUT> extends Serializable {

  /** Joins the two. */
  OUT join(IN row, GeneratedAnswer answer);
}
