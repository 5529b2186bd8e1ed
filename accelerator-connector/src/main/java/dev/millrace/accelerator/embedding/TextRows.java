package dev.millrace.accelerator.embedding;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Model.Classifier;
import dev.millrace.accelerator.ModelTask;
import dev.millrace.accelerator.TextColumns;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/** Gives batches of tokens the texts of their rows, for accelerators that read these. */
public final class TextRows {

  private TextRows() {}

  /**
   * The batch with its texts. The caller owns what comes back, and no longer the batch.
   *
   * @param scope where the texts are allocated; borrowed
   * @param texts one for each row
   * @param seconds the other text of each row's pair; null if rows are no pairs
   */
  public static ArrowBatch add(
      ArrowBatch batch, MemoryScope scope, List<String> texts, @Nullable List<String> seconds) {
    List<FieldVector> columns = new ArrayList<>();
    boolean done = false;
    try (batch) {
      columns.add(column(scope, TextColumns.TEXT, texts));
      if (seconds != null) {
        columns.add(column(scope, TextColumns.TEXT_PAIR, seconds));
      }
      ArrowBatch with = batch.withColumns(scope, List.copyOf(columns));
      done = true;
      return with;
    } finally {
      if (!done) {
        columns.forEach(FieldVector::close);
      }
    }
  }

  /**
   * The same for rows that only try a model out: each text is a pair with itself if the model
   * {@link #readsPairs}.
   */
  public static ArrowBatch add(
      ArrowBatch batch, MemoryScope scope, List<String> texts, Model model) {
    return add(batch, scope, texts, readsPairs(model) ? texts : null);
  }

  /** Whether a model may be one that scores pairs: it is a classifier with one label. */
  public static boolean readsPairs(Model model) {
    Classifier classifier = model.classifier();
    return model.task() == ModelTask.CLASSIFICATION
        && classifier != null
        && classifier.labels().size() == 1;
  }

  private static VarCharVector column(MemoryScope scope, String name, List<String> texts) {
    VarCharVector column =
        new VarCharVector(name, FieldType.notNullable(ArrowType.Utf8.INSTANCE), scope.allocator());
    boolean done = false;
    try {
      column.allocateNew(texts.size());
      for (int row = 0; row < texts.size(); row++) {
        column.setSafe(row, texts.get(row).getBytes(StandardCharsets.UTF_8));
      }
      column.setValueCount(texts.size());
      done = true;
      return column;
    } finally {
      if (!done) {
        column.close();
      }
    }
  }
}
