package dev.millrace.pipelines.sql;

import dev.millrace.operators.EmbeddingView;
import java.io.Serializable;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

/**
 * How a row of a model's output is laid out.
 *
 * @param columns how many columns it has
 * @param vectorAt which of them is the vector
 * @param doubles whether the vector is of doubles instead of floats
 * @param errorAt which of them says why there is no vector, or -1
 * @param onError what becomes of a row without a vector
 */
record PredictionLayout(int columns, int vectorAt, boolean doubles, int errorAt, OnError onError)
    implements Serializable {

  RowData answer(EmbeddingView vector) {
    GenericRowData row = new GenericRowData(columns);
    row.setField(vectorAt, array(vector));
    return row;
  }

  private ArrayData array(EmbeddingView vector) {
    float[] floats = vector.toArray();
    if (!doubles) {
      return new GenericArrayData(floats);
    }
    double[] wide = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      wide[i] = floats[i];
    }
    return new GenericArrayData(wide);
  }

  /** For {@link OnError#NULL} and {@link OnError#COLUMN}. */
  RowData noAnswer(String reason) {
    GenericRowData row = new GenericRowData(columns);
    if (errorAt >= 0) {
      row.setField(errorAt, StringData.fromString(reason));
    }
    return row;
  }
}
