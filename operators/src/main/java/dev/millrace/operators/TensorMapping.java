package dev.millrace.operators;

import dev.millrace.accelerator.tensor.TensorValue;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How rows become a model's tensors, and its tensors rows. Called on the task's thread.
 *
 * @param <IN> rows that come
 * @param <OUT> rows that leave
 */
public interface TensorMapping<IN, OUT> extends Serializable {

  /**
   * What a row has of each input, in the order in which the inputs were named. Called once or,
   * after a restore, twice for a row. Their arrays are read until the row leaves and must not
   * change.
   *
   * @return one for each input; null where the row has none, which makes it one that cannot be
   *     inferred, as does a shape that the model does not take
   */
  List<? extends @Nullable TensorValue> tensorsOf(IN row);

  /**
   * The row that leaves.
   *
   * @param answer what the row has of each output, in the order in which the outputs were named.
   *     The arrays are the caller's from then on
   */
  OUT join(IN row, List<TensorValue> answer);

  /** The row that leaves where there is no answer, if the settings say {@link OnBadRow#NULL}. */
  OUT withoutAnswer(IN row);
}
