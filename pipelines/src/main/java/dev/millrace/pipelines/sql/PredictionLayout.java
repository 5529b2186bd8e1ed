package dev.millrace.pipelines.sql;

import dev.millrace.operators.EmbeddingView;
import dev.millrace.operators.TextSpan;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;

/**
 * How a row of a model's output is laid out.
 *
 * @param cells its columns, in their order
 * @param labels of the model's scores, in their order; empty for a model that makes vectors
 * @param spans how a span is laid out; null if no cell holds any
 * @param onError what becomes of a row that has no answer
 */
record PredictionLayout(
    List<Cell> cells, List<String> labels, @Nullable SpanLayout spans, OnError onError)
    implements Serializable {

  /** What a column holds. */
  enum Part {
    /** All numbers of the answer. */
    NUMBERS,
    /** The label with the highest score. */
    LABEL,
    /** The highest score. */
    SCORE,
    /** Each score by its label. */
    SCORES_BY_LABEL,
    /** The parts of the text that have a label. */
    SPANS,
    /** Why there is no answer. */
    ERROR
  }

  /**
   * A column.
   *
   * @param doubles whether its numbers are doubles instead of floats
   */
  record Cell(Part part, boolean doubles) implements Serializable {}

  RowData answer(EmbeddingView numbers) {
    float[] floats = numbers.toArray();
    GenericRowData row = new GenericRowData(cells.size());
    for (int i = 0; i < cells.size(); i++) {
      row.setField(i, value(cells.get(i), floats));
    }
    return row;
  }

  /** The row of the spans in a text. */
  RowData answer(List<TextSpan> found) {
    SpanLayout layout = Objects.requireNonNull(spans);
    GenericRowData row = new GenericRowData(cells.size());
    for (int i = 0; i < cells.size(); i++) {
      if (cells.get(i).part() == Part.SPANS) {
        row.setField(i, layout.array(found));
      }
    }
    return row;
  }

  private @Nullable Object value(Cell cell, float[] numbers) {
    return switch (cell.part()) {
      case NUMBERS -> array(numbers, cell.doubles());
      case LABEL -> StringData.fromString(labels.get(highest(numbers)));
      case SCORE -> number(numbers[highest(numbers)], cell.doubles());
      case SCORES_BY_LABEL -> byLabel(numbers, cell.doubles());
      case SPANS, ERROR -> null;
    };
  }

  private static int highest(float[] numbers) {
    int highest = 0;
    for (int i = 1; i < numbers.length; i++) {
      if (numbers[i] > numbers[highest]) {
        highest = i;
      }
    }
    return highest;
  }

  private static Object number(float value, boolean asDouble) {
    if (asDouble) {
      return (double) value;
    }
    return value;
  }

  private static GenericArrayData array(float[] numbers, boolean doubles) {
    if (!doubles) {
      return new GenericArrayData(numbers);
    }
    double[] wide = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      wide[i] = numbers[i];
    }
    return new GenericArrayData(wide);
  }

  private GenericMapData byLabel(float[] numbers, boolean doubles) {
    Map<StringData, Object> scores = new HashMap<>();
    for (int i = 0; i < numbers.length; i++) {
      scores.put(StringData.fromString(labels.get(i)), number(numbers[i], doubles));
    }
    return new GenericMapData(scores);
  }

  /** For {@link OnError#NULL} and {@link OnError#COLUMN}. */
  RowData noAnswer(String reason) {
    GenericRowData row = new GenericRowData(cells.size());
    for (int i = 0; i < cells.size(); i++) {
      if (cells.get(i).part() == Part.ERROR) {
        row.setField(i, StringData.fromString(reason));
      }
    }
    return row;
  }
}
