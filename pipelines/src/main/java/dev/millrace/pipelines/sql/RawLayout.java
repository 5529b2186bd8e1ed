package dev.millrace.pipelines.sql;

import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.tensor.TensorValue;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.jspecify.annotations.Nullable;

/**
 * How rows and tensors are each other's columns.
 *
 * @param inputs the columns of INPUT, in their order
 * @param outputs those of OUTPUT
 * @param onError what becomes of a row that has no answer
 */
record RawLayout(List<Cell> inputs, List<Cell> outputs, OnError onError) implements Serializable {

  /**
   * A column.
   *
   * @param name the tensor's
   * @param type null for the column that says why there is no answer
   * @param depth how many arrays lie in each other; 0 for a single element
   */
  record Cell(String name, @Nullable ElementType type, int depth) implements Serializable {}

  RawLayout {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** The tensors that rows are made of. */
  List<String> inputNames() {
    return inputs.stream().map(Cell::name).toList();
  }

  /** The tensors that answers are made of. */
  List<String> outputNames() {
    return outputs.stream().filter(cell -> cell.type() != null).map(Cell::name).toList();
  }

  /**
   * A row's tensors; null in the place of those that the row has none of.
   *
   * @throws IllegalArgumentException if an array is none that a tensor can be
   */
  List<@Nullable TensorValue> tensors(RowData row) {
    List<@Nullable TensorValue> tensors = new ArrayList<>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      Cell cell = inputs.get(i);
      ElementType type = cell.type();
      tensors.add(
          type == null || row.isNullAt(i)
              ? null
              : TensorCells.read(row, i, cell.name(), type, cell.depth()));
    }
    return tensors;
  }

  /**
   * The row of an answer.
   *
   * @param tensors those of {@link #outputNames()}
   */
  RowData row(List<TensorValue> tensors) {
    GenericRowData row = new GenericRowData(outputs.size());
    int next = 0;
    for (int i = 0; i < outputs.size(); i++) {
      if (outputs.get(i).type() != null) {
        row.setField(i, TensorCells.write(tensors.get(next++), outputs.get(i).depth()));
      }
    }
    return row;
  }

  /** For {@link OnError#NULL} and {@link OnError#COLUMN}. */
  RowData noAnswer(String reason) {
    GenericRowData row = new GenericRowData(outputs.size());
    for (int i = 0; i < outputs.size(); i++) {
      if (outputs.get(i).type() == null) {
        row.setField(i, StringData.fromString(reason));
      }
    }
    return row;
  }
}
