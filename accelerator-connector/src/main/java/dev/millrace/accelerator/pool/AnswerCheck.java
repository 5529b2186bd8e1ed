package dev.millrace.accelerator.pool;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.accelerator.TextColumns;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/** Whether an answer is one: all rows, all outputs, each of the right length. */
final class AnswerCheck {

  private final boolean looksAtLengths;
  private final List<TensorSpec> outputs;

  AnswerCheck(ModelTask task, Signature signature) {
    // The lengths of what is used as it is its session has looked at.
    this.looksAtLengths = task != ModelTask.RAW;
    this.outputs = signature.outputs();
  }

  /** What is wrong with an answer, in words; null if nothing is. */
  @Nullable String problemOf(ArrowBatch answer, int rows) {
    if (answer.rowCount() != rows) {
      return "answered " + answer.rowCount() + " rows to a batch of " + rows;
    }
    for (int i = 0; i < outputs.size(); i++) {
      TensorSpec output = outputs.get(i);
      FieldVector column = answer.column(output.name());
      if (column == null) {
        return "answered without the output '" + output.name() + "'";
      }
      int rank = output.shape().size();
      if (looksAtLengths
          && column instanceof FixedSizeListVector list
          && (rank == 2 || rank == 3)) {
        long wanted = output.shape().get(rank - 1);
        if (rank == 3 && answer.column(TextColumns.INPUT_IDS) instanceof FixedSizeListVector ids) {
          wanted *= ids.getListSize();
        }
        if (wanted != TensorSpec.FREE && list.getListSize() != wanted) {
          return "answered '"
              + output.name()
              + "' with "
              + list.getListSize()
              + " numbers a row, and not with "
              + wanted;
        }
      }
    }
    return null;
  }
}
