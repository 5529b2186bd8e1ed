package dev.millrace.operators;

import java.util.List;
import java.util.Objects;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.jspecify.annotations.Nullable;

/**
 * Makes the operator that embeds, classifies or scores rows or finds spans in them, for {@link
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
  private final InferenceTask task;
  private final RowTexts<IN> texts;
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
    this(settings, InferenceTask.EMBEDDING, new RowTexts.One<>(textOf), joiner, withoutVector);
  }

  private EmbeddingOperatorFactory(
      InferenceSettings settings,
      InferenceTask task,
      RowTexts<IN> texts,
      EmbeddingJoiner<IN, OUT> joiner,
      @Nullable RowWithoutVector<IN, OUT> withoutVector) {
    this.settings = settings;
    this.task = task;
    this.texts = texts;
    this.joiner = joiner;
    this.withoutVector = withoutVector;
  }

  /**
   * For rows that a classifier gives scores: what is joined to a row is its scores, one for each of
   * the model's labels and in their order ({@link
   * dev.millrace.accelerator.Model.Classifier#labels()}).
   *
   * @param withoutScores called for the rows that cannot be inferred, if the settings say {@link
   *     OnBadRow#NULL}
   */
  public static <IN, OUT> EmbeddingOperatorFactory<IN, OUT> classifying(
      InferenceSettings settings,
      TextOf<IN> textOf,
      EmbeddingJoiner<IN, OUT> joiner,
      RowWithoutVector<IN, OUT> withoutScores) {
    return new EmbeddingOperatorFactory<>(
        settings, InferenceTask.CLASSIFICATION, new RowTexts.One<>(textOf), joiner, withoutScores);
  }

  /**
   * For rows in whose texts a model of task token classification finds spans.
   *
   * @param labels the model's ({@link dev.millrace.accelerator.Model.Classifier#labels()})
   * @param withoutSpans called for the rows that cannot be inferred, if the settings say {@link
   *     OnBadRow#NULL}
   */
  public static <IN, OUT> EmbeddingOperatorFactory<IN, OUT> findingSpans(
      InferenceSettings settings,
      List<String> labels,
      TextOf<IN> textOf,
      SpanJoiner<IN, OUT> joiner,
      RowWithoutVector<IN, OUT> withoutSpans) {
    return new EmbeddingOperatorFactory<>(
        settings,
        InferenceTask.TOKEN_CLASSIFICATION,
        new RowTexts.One<>(textOf),
        new SpansOf<>(labels, textOf, joiner),
        withoutSpans);
  }

  private record SpansOf<IN, OUT>(
      List<String> labels, TextOf<IN> textOf, SpanJoiner<IN, OUT> joiner)
      implements EmbeddingJoiner<IN, OUT> {

    @Override
    public OUT join(IN row, EmbeddingView numbers) {
      String text = Objects.requireNonNull(textOf.textOf(row), "The row had a text before.");
      return joiner.join(row, TextSpan.of(numbers, labels, text));
    }
  }

  /**
   * For rows of two texts that a cross-encoder reads together: what is joined to a row is its one
   * score.
   *
   * @param withoutScore called for the rows that cannot be inferred, if the settings say {@link
   *     OnBadRow#NULL}
   */
  public static <IN, OUT> EmbeddingOperatorFactory<IN, OUT> reranking(
      InferenceSettings settings,
      PairOf<IN> pairOf,
      EmbeddingJoiner<IN, OUT> joiner,
      RowWithoutVector<IN, OUT> withoutScore) {
    return new EmbeddingOperatorFactory<>(
        settings, InferenceTask.RERANKING, new RowTexts.Two<>(pairOf), joiner, withoutScore);
  }

  @Override
  // The signature is Flink's.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<OUT>> T createStreamOperator(
      StreamOperatorParameters<OUT> parameters) {
    return (T) new EmbeddingOperator<>(parameters, settings, task, texts, joiner, withoutVector);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return EmbeddingOperator.class;
  }
}
