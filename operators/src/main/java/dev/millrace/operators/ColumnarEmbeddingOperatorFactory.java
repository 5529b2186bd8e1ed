package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/**
 * Makes the operator that embeds batches, for {@link
 * org.apache.flink.streaming.api.datastream.DataStream#transform(String,
 * org.apache.flink.api.common.typeinfo.TypeInformation, OneInputStreamOperatorFactory)} with {@link
 * ArrowBatchTypeInfo}.
 *
 * <p>What leaves is the batch that came with one more column, {@link
 * dev.millrace.accelerator.TextColumns#EMBEDDING}: fixed-size lists of float32. A row that cannot
 * be inferred has null there and, with {@link OnBadRow#DEAD_LETTER}, leaves by {@link
 * DeadLetters#TAG}, too, as a batch of its own in the bytes of {@link ArrowBatchSerializer}.
 */
public final class ColumnarEmbeddingOperatorFactory
    extends AbstractStreamOperatorFactory<ArrowBatch>
    implements OneInputStreamOperatorFactory<ArrowBatch, ArrowBatch> {

  private static final long serialVersionUID = 1L;

  private final InferenceSettings settings;
  private final String textColumn;
  private final boolean lettersInBatch;

  /**
   * @param textColumn the column with the text, utf8; batches that hold token columns already
   *     ({@link dev.millrace.accelerator.TextColumns#INPUT_IDS} and its companions) need none
   */
  public ColumnarEmbeddingOperatorFactory(InferenceSettings settings, String textColumn) {
    this(settings, textColumn, false);
  }

  /**
   * @param lettersInBatch whether a batch in which rows have no vector gets the column {@link
   *     DeadLetters#COLUMN} behind that of the vectors, for those who must know the rows and what
   *     became of them together
   */
  public ColumnarEmbeddingOperatorFactory(
      InferenceSettings settings, String textColumn, boolean lettersInBatch) {
    this.settings = settings;
    this.textColumn = textColumn;
    this.lettersInBatch = lettersInBatch;
  }

  @Override
  // The signature is Flink's.
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public <T extends StreamOperator<ArrowBatch>> T createStreamOperator(
      StreamOperatorParameters<ArrowBatch> parameters) {
    return (T) new ColumnarEmbeddingOperator(parameters, settings, textColumn, lettersInBatch);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
    return ColumnarEmbeddingOperator.class;
  }
}
