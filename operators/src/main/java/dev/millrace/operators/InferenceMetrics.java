package dev.millrace.operators;

import java.util.function.IntSupplier;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * An operator's counts: as Flink metrics, and, since a job's summary wants sums over all subtasks
 * that survive a failover, as accumulators whose values are in the checkpoint.
 */
final class InferenceMetrics implements InferenceCounts {

  private static final int HISTOGRAM_WINDOW = 1000;

  private final MetricGroup group;
  private final Counter rows;
  private final Counter batches;
  private final Counter tokens;
  private final Counter paddedTokens;
  private final Counter deadLetters;
  private final Counter retries;
  private final Histogram answerMillis;
  private final LongCounter totalRows = new LongCounter();
  private final LongCounter totalTokens = new LongCounter();
  private final LongCounter totalPaddedTokens = new LongCounter();

  InferenceMetrics(
      MetricGroup operatorGroup,
      RuntimeContext context,
      Iterable<Tuple3<Long, Long, Long>> savedTotals) {
    this.group = operatorGroup.addGroup("inference");
    this.rows = group.counter("rows");
    this.batches = group.counter("batches");
    this.tokens = group.counter("tokens");
    this.paddedTokens = group.counter("paddedTokens");
    this.deadLetters = group.counter("deadLetters");
    this.retries = group.counter("retries");
    this.answerMillis =
        group.histogram("answerMillis", new DescriptiveStatisticsHistogram(HISTOGRAM_WINDOW));
    context.addAccumulator(InferenceAccumulators.TEXTS_EMBEDDED, totalRows);
    context.addAccumulator(InferenceAccumulators.TOKENS, totalTokens);
    context.addAccumulator(InferenceAccumulators.PADDED_TOKENS, totalPaddedTokens);
    for (Tuple3<Long, Long, Long> saved : savedTotals) {
      totalRows.add(saved.f0);
      totalTokens.add(saved.f1);
      totalPaddedTokens.add(saved.f2);
    }
  }

  void watch(IntSupplier batchesInFlight, IntSupplier rowsHeld) {
    group.gauge("batchesInFlight", (Gauge<Integer>) batchesInFlight::getAsInt);
    group.gauge("rowsHeld", (Gauge<Integer>) rowsHeld::getAsInt);
  }

  Tuple3<Long, Long, Long> totals() {
    return Tuple3.of(
        totalRows.getLocalValuePrimitive(),
        totalTokens.getLocalValuePrimitive(),
        totalPaddedTokens.getLocalValuePrimitive());
  }

  @Override
  public void batchDone(int rowsDone, long tokensDone, long paddedTokensDone, long nanos) {
    rows.inc(rowsDone);
    batches.inc();
    tokens.inc(tokensDone);
    paddedTokens.inc(paddedTokensDone);
    answerMillis.update(nanos / 1_000_000);
    totalRows.add((long) rowsDone);
    totalTokens.add(tokensDone);
    totalPaddedTokens.add(paddedTokensDone);
  }

  @Override
  public void deadLetter() {
    deadLetters.inc();
  }

  @Override
  public void retried() {
    retries.inc();
  }
}
