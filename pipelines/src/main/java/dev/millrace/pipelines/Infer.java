package dev.millrace.pipelines;

import dev.millrace.accelerator.Signature;
import dev.millrace.accelerator.TensorSpec;
import dev.millrace.operators.DeadLetters;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.TensorMapping;
import dev.millrace.operators.TensorOperatorFactory;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Runs any model on any stream, as it is, by the names of its tensors. */
public final class Infer {

  private Infer() {}

  /**
   * Makes of each row what the model's answer to its tensors says. Rows whose tensors have the same
   * shapes are inferred together; there is no cache. Order, time, checkpoints and dead letters are
   * as with {@link Embed#stream}.
   *
   * @param name as in {@link Embed#stream}
   * @param rows the rows
   * @param inputs the names of all of the model's inputs, in the order in which the mapping gives
   *     them
   * @param outputs the names of those outputs that the mapping reads, in its order
   * @param mapping from rows to tensors, and from tensors to the rows that leave
   * @param type of the rows that leave
   * @param settings accelerators and batching; the model is a folder with {@code model.onnx} or
   *     what a server calls it. {@code token-budget} and {@code cache-size} mean nothing here
   * @throws IllegalArgumentException if the names are not the model's
   * @throws dev.millrace.accelerator.AcceleratorException if the model cannot be read
   */
  public static <IN, OUT> InferredStream<OUT> stream(
      String name,
      DataStream<IN> rows,
      List<String> inputs,
      List<String> outputs,
      TensorMapping<IN, OUT> mapping,
      TypeInformation<OUT> type,
      InferenceSettings settings) {
    requireNames(settings.model(), settings.rawSignature(), inputs, outputs);
    SingleOutputStreamOperator<OUT> stage =
        rows.transform(name, type, new TensorOperatorFactory<>(settings, inputs, outputs, mapping))
            .uid(name);
    return new InferredStream<>(stage, stage.getSideOutput(DeadLetters.TAG));
  }

  private static void requireNames(
      String model, Signature signature, List<String> inputs, List<String> outputs) {
    Set<String> read = names(signature.inputs());
    Set<String> made = names(signature.outputs());
    if (inputs.size() != read.size() || !read.equals(new TreeSet<>(inputs))) {
      throw new IllegalArgumentException(
          "The model '"
              + model
              + "' reads "
              + signature.inputs()
              + ", and the inputs that were named are "
              + inputs
              + ". Name each of them once.");
    }
    if (outputs.isEmpty() || !made.containsAll(outputs)) {
      throw new IllegalArgumentException(
          "The model '"
              + model
              + "' makes "
              + signature.outputs()
              + ", and the outputs that were named are "
              + outputs
              + ". Name one or more of them.");
    }
  }

  private static Set<String> names(List<TensorSpec> tensors) {
    Set<String> names = new TreeSet<>();
    tensors.forEach(tensor -> names.add(tensor.name()));
    return names;
  }
}
