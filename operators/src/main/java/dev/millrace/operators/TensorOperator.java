package dev.millrace.operators;

import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.tensor.TensorValue;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Rows in, rows with what a model that is used as it is makes of their tensors out. */
final class TensorOperator<IN, OUT>
    extends RowOperator<IN, OUT, List<TensorValue>, TensorIntake<PendingRow<IN, OUT>>> {

  private static final long serialVersionUID = 1L;

  private final List<String> inputs;
  private final List<String> outputs;
  private final TensorMapping<IN, OUT> mapping;

  TensorOperator(
      StreamOperatorParameters<OUT> parameters,
      InferenceSettings settings,
      List<String> inputs,
      List<String> outputs,
      TensorMapping<IN, OUT> mapping) {
    super(parameters, settings, InferenceTask.RAW, mapping::withoutAnswer);
    this.inputs = inputs;
    this.outputs = outputs;
    this.mapping = mapping;
  }

  @Override
  Model model() {
    return Models.raw(settings().model());
  }

  @Override
  TensorIntake<PendingRow<IN, OUT>> openIntake(
      InferenceSession session, MemoryScope memory, LongSupplier clock, InferenceMetrics counts) {
    return new TensorIntake<>(settings(), inputs, outputs, session, memory, this, clock, counts);
  }

  @Override
  void submit(PendingRow<IN, OUT> row, InferenceEngine<TensorIntake<PendingRow<IN, OUT>>> into) {
    into.intake().add(row, mapping.tensorsOf(row.input()));
    into.added();
  }

  @Override
  OUT join(IN row, List<TensorValue> answer) {
    return mapping.join(row, answer);
  }
}
