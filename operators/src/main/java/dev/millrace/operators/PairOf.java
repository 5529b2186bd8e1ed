package dev.millrace.operators;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Finds the two texts in a row that a model reads together. Called on the task's thread, once or,
 * after a restore, twice for a row.
 */
public interface PairOf<IN> extends Serializable {

  /** The first, such as a query; a row for which it is null or blank cannot be inferred. */
  @Nullable String first(IN row);

  /** The second, such as a document; a row for which it is null or blank cannot be inferred. */
  @Nullable String second(IN row);
}
