package dev.millrace.operators;

import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes the operator that embeds rows, for {@link
 * org.apache.flink.streaming.api.datastream.DataStream#transform(String,
 * org.apache.flink.api.common.typeinfo.TypeInformation, OneInputStreamOperatorFactory)}. Rows that
 * cannot be inferred leave by {@link DeadLetters#TAG}.
 *
 * @param <IN> rows that come
 * @param <OUT> rows that leave
 */
public final class EmbeddingOperatorFactory<IN, OUT> extends AbstractStreamOperatorFactory<OUT>
    implements OneInputStreamOperatorFactory<IN, OUT> {

  private static final long serialVersionUID = 1L;

  private final InferenceSettings settings;
  private final TextOf<IN> textOf;
  private final EmbeddingJoiner<IN, OUT> joiner;

  public EmbeddingOperatorFactory(
      InferenceSettings settings, TextOf<IN> textOf, EmbeddingJoiner<IN, OUT> joiner) {
    this.settings = settings;
    this.textOf = textOf;
    this.joiner = joiner;
  }

  @Override
  // The signature is Flink's.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<OUT>> T createStreamOperator(
      StreamOperatorParameters<OUT> parameters) {
    return (T) new EmbeddingOperator<>(parameters, settings, textOf, joiner);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return EmbeddingOperator.class;
  }
}
