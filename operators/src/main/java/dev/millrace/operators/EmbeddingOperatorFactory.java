package dev.millrace.operators;

import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.jspecify.annotations.Nullable;

/**
 * Makes the operator that embeds rows, for {@link
 * org.apache.flink.streaming.api.datastream.DataStream#transform(String,
 * org.apache.flink.api.common.typeinfo.TypeInformation, OneInputStreamOperatorFactory)}. What
 * becomes of rows that cannot be inferred is said at {@link OnBadRow}; a dead letter's payload is
 * the row as its own Flink serializer writes it.
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
  private final @Nullable RowWithoutVector<IN, OUT> withoutVector;

  /**
   * For rows that always leave with a vector.
   *
   * @throws IllegalArgumentException if the settings say {@link OnBadRow#NULL}, which needs to know
   *     what a row without a vector leaves as
   */
  public EmbeddingOperatorFactory(
      InferenceSettings settings, TextOf<IN> textOf, EmbeddingJoiner<IN, OUT> joiner) {
    this(settings, textOf, joiner, null);
    if (settings.onBadRow() == OnBadRow.NULL) {
      throw new IllegalArgumentException(
          "The option '"
              + InferenceOptions.ON_BAD_ROW.key()
              + "' is 'null', and nothing says what a row without a vector leaves as. Give the"
              + " factory a RowWithoutVector, or set the option to 'dead-letter' or 'fail'.");
    }
  }

  /**
   * For rows that may leave without a vector.
   *
   * @param withoutVector called for the rows that cannot be inferred, if the settings say {@link
   *     OnBadRow#NULL}
   */
  public EmbeddingOperatorFactory(
      InferenceSettings settings,
      TextOf<IN> textOf,
      EmbeddingJoiner<IN, OUT> joiner,
      @Nullable RowWithoutVector<IN, OUT> withoutVector) {
    this.settings = settings;
    this.textOf = textOf;
    this.joiner = joiner;
    this.withoutVector = withoutVector;
  }

  @Override
  // The signature is Flink's.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<OUT>> T createStreamOperator(
      StreamOperatorParameters<OUT> parameters) {
    return (T) new EmbeddingOperator<>(parameters, settings, textOf, joiner, withoutVector);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return EmbeddingOperator.class;
  }
}
