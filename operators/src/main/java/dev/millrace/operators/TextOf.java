package dev.millrace.operators;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** Finds the text in a row. Called on the task's thread. */
@FunctionalInterface
public interface TextOf<IN> extends Serializable {

  /** The text to infer, or null if the row has none, which makes it a dead letter. */
  @Nullable String textOf(IN row);
}
