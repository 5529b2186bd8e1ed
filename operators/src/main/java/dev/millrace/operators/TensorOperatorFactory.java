package dev.millrace.operators;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes the operator that runs a model by the names of its tensors, for {@link
 * org.apache.flink.streaming.api.datastream.DataStream#transform(String,
 * org.apache.flink.api.common.typeinfo.TypeInformation, OneInputStreamOperatorFactory)}. Rows are
 * held, kept in checkpoints and let go as by {@link EmbeddingOperatorFactory}; there is no cache,
 * and only rows whose tensors have the same shapes share a batch.
 *
 * @param <IN> rows that come
 * @param <OUT> rows that leave
 */
public final class TensorOperatorFactory<IN, OUT> extends AbstractStreamOperatorFactory<OUT>
    implements OneInputStreamOperatorFactory<IN, OUT> {

  private static final long serialVersionUID = 1L;

  private final InferenceSettings settings;
  private final ArrayList<String> inputs;
  private final ArrayList<String> outputs;
  private final TensorMapping<IN, OUT> mapping;

  /**
   * @param settings whose {@code model} is read by {@link dev.millrace.accelerator.Models#raw}
   * @param inputs names of all of the model's inputs
   * @param outputs names of those outputs that are wanted
   */
  public TensorOperatorFactory(
      InferenceSettings settings,
      List<String> inputs,
      List<String> outputs,
      TensorMapping<IN, OUT> mapping) {
    this.settings = settings;
    this.inputs = new ArrayList<>(inputs);
    this.outputs = new ArrayList<>(outputs);
    this.mapping = mapping;
  }

  @Override
  // The signature is Flink's.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<OUT>> T createStreamOperator(
      StreamOperatorParameters<OUT> parameters) {
    return (T) new TensorOperator<>(parameters, settings, inputs, outputs, mapping);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return TensorOperator.class;
  }
}
