package dev.millrace.operators;

import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes the operator that asks a generator about rows, for {@link
 * org.apache.flink.streaming.api.datastream.DataStream#transform(String,
 * org.apache.flink.api.common.typeinfo.TypeInformation, OneInputStreamOperatorFactory)}. Rows are
 * held, kept in checkpoints and let go as by {@link EmbeddingOperatorFactory}; of the settings
 * those that make batches mean nothing here, since each row is a request of its own.
 *
 * @param <IN> rows that come
 * @param <OUT> rows that leave
 */
public final class GenerationOperatorFactory<IN, OUT> extends AbstractStreamOperatorFactory<OUT>
    implements OneInputStreamOperatorFactory<IN, OUT> {

  private static final long serialVersionUID = 1L;

  private final InferenceSettings settings;
  private final GenerationSettings generation;
  private final TextOf<IN> promptOf;
  private final AnswerJoiner<IN, OUT> joiner;
  private final RowWithoutVector<IN, OUT> withoutAnswer;

  /**
   * @param settings whose {@code model} is the model's name at the server
   * @param promptOf makes a row's prompt
   * @param withoutAnswer called for the rows that have no answer, if the settings say {@link
   *     OnBadRow#NULL}
   */
  public GenerationOperatorFactory(
      InferenceSettings settings,
      GenerationSettings generation,
      TextOf<IN> promptOf,
      AnswerJoiner<IN, OUT> joiner,
      RowWithoutVector<IN, OUT> withoutAnswer) {
    this.settings = settings;
    this.generation = generation;
    this.promptOf = promptOf;
    this.joiner = joiner;
    this.withoutAnswer = withoutAnswer;
  }

  @Override
  // The signature is Flink's.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<OUT>> T createStreamOperator(
      StreamOperatorParameters<OUT> parameters) {
    return (T)
        new GenerationOperator<>(parameters, settings, generation, promptOf, joiner, withoutAnswer);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return GenerationOperator.class;
  }
}
