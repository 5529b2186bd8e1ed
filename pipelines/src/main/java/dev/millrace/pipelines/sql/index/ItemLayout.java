package dev.millrace.pipelines.sql.index;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.jspecify.annotations.Nullable;

/** How an item's row is taken apart, into its vector and the rest, and put together again. */
final class ItemLayout implements Serializable {

  private static final long serialVersionUID = 1L;

  private final int columns;
  private final int vectorAt;
  private final boolean doubles;
  private final TypeSerializer<RowData> rest;
  private final RowData.FieldGetter[] ofRow;
  private final RowData.FieldGetter[] ofRest;

  /**
   * @param columns the types of the row's columns
   * @param vectorAt which of them is the vector
   * @param doubles whether its elements are doubles instead of floats
   * @param rest writes the others
   */
  ItemLayout(
      List<LogicalType> columns, int vectorAt, boolean doubles, TypeSerializer<RowData> rest) {
    this.columns = columns.size();
    this.vectorAt = vectorAt;
    this.doubles = doubles;
    this.rest = rest;
    this.ofRow = new RowData.FieldGetter[columns.size()];
    this.ofRest = new RowData.FieldGetter[columns.size()];
    for (int i = 0; i < ofRow.length; i++) {
      ofRow[i] = RowData.createFieldGetter(columns.get(i), i);
      ofRest[i] = RowData.createFieldGetter(columns.get(i), i < vectorAt ? i : Math.max(0, i - 1));
    }
  }

  TypeSerializer<RowData> restSerializer() {
    return rest;
  }

  /** The vector of a row, or null if it has none. */
  float @Nullable [] vector(RowData row) {
    return row.isNullAt(vectorAt) ? null : vector(row.getArray(vectorAt));
  }

  /** A vector of the table's type. */
  float[] vector(ArrayData array) {
    if (!doubles) {
      return array.toFloatArray();
    }
    double[] wide = array.toDoubleArray();
    float[] floats = new float[wide.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) wide[i];
    }
    return floats;
  }

  /** A row without its vector; its values are the row's own. */
  RowData withoutVector(RowData row) {
    GenericRowData without = new GenericRowData(columns - 1);
    for (int i = 0; i < columns; i++) {
      if (i != vectorAt) {
        without.setField(i < vectorAt ? i : i - 1, ofRow[i].getFieldOrNull(row));
      }
    }
    return without;
  }

  /** A row that was found: its columns and its score. */
  RowData found(RowData without, float[] vector, double score) {
    GenericRowData row = new GenericRowData(columns + 1);
    for (int i = 0; i < columns; i++) {
      row.setField(i, i == vectorAt ? array(vector) : ofRest[i].getFieldOrNull(without));
    }
    row.setField(columns, score);
    return row;
  }

  private ArrayData array(float[] vector) {
    if (!doubles) {
      return new GenericArrayData(vector);
    }
    double[] wide = new double[vector.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = vector[i];
    }
    return new GenericArrayData(wide);
  }
}
