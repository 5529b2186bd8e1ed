package dev.millrace.accelerator.tensor;

import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.ElementType;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Makes batches for models that are used as they are. */
public final class TensorRows {

  private TensorRows() {}

  /**
   * A batch of some rows. The caller owns it.
   *
   * @param inputs the model's
   * @param rows at least one; of each a value for every input, in their order. The values of an
   *     input are of one shape
   */
  public static ArrowBatch of(
      MemoryScope scope, List<TensorSpec> inputs, List<List<TensorValue>> rows) {
    List<FieldVector> columns = new ArrayList<>();
    try {
      for (int i = 0; i < inputs.size(); i++) {
        int input = i;
        columns.add(
            TensorColumns.ofValues(
                scope.allocator(),
                inputs.get(i).name(),
                inputs.get(i).type(),
                rows.stream().map(row -> row.get(input)).toList()));
      }
      return ArrowBatch.own(
          scope,
          new VectorSchemaRoot(
              columns.stream().map(FieldVector::getField).toList(), columns, rows.size()));
    } catch (RuntimeException failure) {
      columns.forEach(FieldVector::close);
      throw failure;
    }
  }

  /**
   * One row of zeros, false and empty texts, with a 1 where the model leaves a dimension open. The
   * caller owns it.
   */
  public static ArrowBatch zeros(MemoryScope scope, Signature signature) {
    List<TensorValue> row = new ArrayList<>();
    for (TensorSpec input : signature.inputs()) {
      List<Integer> shape = new ArrayList<>();
      for (long dimension : input.shape().subList(1, input.shape().size())) {
        shape.add(dimension == TensorSpec.FREE ? 1 : Math.toIntExact(dimension));
      }
      Object elements = TensorValue.array(input.type(), TensorValue.count(shape));
      if (input.type() == ElementType.UTF8) {
        Arrays.fill((String[]) elements, "");
      }
      row.add(new TensorValue(shape, elements));
    }
    return of(scope, signature.inputs(), List.of(row));
  }
}
