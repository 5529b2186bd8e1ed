package dev.millrace.operators;

import dev.millrace.accelerator.ArrowBatch;
import java.util.List;
import java.util.function.IntSupplier;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RuntimeContext;
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
  private final Counter cacheHits;
  private final Counter duplicates;
  private final Counter deadLetters;
  private final Counter retries;
  private final Counter drainsTimedOut;
  private final Histogram answerMillis;
  private final LongCounter totalTexts = new LongCounter();
  private final LongCounter totalTokens = new LongCounter();
  private final LongCounter totalPaddedTokens = new LongCounter();
  private final LongCounter totalBatches = new LongCounter();
  private final LongCounter totalRepeatedTexts = new LongCounter();

  /** In the order in which checkpoints hold them: add at the end only. */
  private final List<LongCounter> totals =
      List.of(totalTexts, totalTokens, totalPaddedTokens, totalBatches, totalRepeatedTexts);

  /** Metrics alone, where there are no accumulators. */
  InferenceMetrics(MetricGroup operatorGroup) {
    this.group = operatorGroup.addGroup("inference");
    this.rows = group.counter("rows");
    this.batches = group.counter("batches");
    this.tokens = group.counter("tokens");
    this.paddedTokens = group.counter("paddedTokens");
    this.cacheHits = group.counter("cacheHits");
    this.duplicates = group.counter("duplicates");
    this.deadLetters = group.counter("deadLetters");
    this.retries = group.counter("retries");
    this.drainsTimedOut = group.counter("drainsTimedOut");
    this.answerMillis =
        group.histogram("answerMillis", new DescriptiveStatisticsHistogram(HISTOGRAM_WINDOW));
  }

  /**
   * @param saved what {@link #totals} of earlier subtasks gave
   */
  InferenceMetrics(MetricGroup operatorGroup, RuntimeContext context, Iterable<long[]> saved) {
    this(operatorGroup);
    context.addAccumulator(InferenceAccumulators.TEXTS_EMBEDDED, totalTexts);
    context.addAccumulator(InferenceAccumulators.TOKENS, totalTokens);
    context.addAccumulator(InferenceAccumulators.PADDED_TOKENS, totalPaddedTokens);
    context.addAccumulator(InferenceAccumulators.BATCHES, totalBatches);
    context.addAccumulator(InferenceAccumulators.REPEATED_TEXTS, totalRepeatedTexts);
    for (long[] ofOne : saved) {
      for (int i = 0; i < Math.min(totals.size(), ofOne.length); i++) {
        totals.get(i).add(ofOne[i]);
      }
    }
  }

  void watch(InferenceEngine<?> engine, IntSupplier rowsHeld) {
    group.gauge("batchesInFlight", (Gauge<Integer>) engine::inFlight);
    group.gauge("textsPending", (Gauge<Integer>) engine::pendingInputs);
    group.gauge("tokenBudget", (Gauge<Integer>) engine::tokenBudget);
    group.gauge("rowsHeld", (Gauge<Integer>) rowsHeld::getAsInt);
    group.gauge("unavailableMillis", (Gauge<Long>) engine::unavailableMillis);
    group.gauge("abandonedBatches", (Gauge<Long>) ArrowBatch::abandonedReferences);
  }

  /** Rows that have been done, with a vector or without: those of a batch when it comes back. */
  long rowsDone() {
    return totalTexts.getLocalValuePrimitive()
        + totalRepeatedTexts.getLocalValuePrimitive()
        + deadLetters.getCount();
  }

  /** A checkpoint held rows although it was to hold none. */
  void countDrainTimedOut() {
    drainsTimedOut.inc();
  }

  long drainsTimedOut() {
    return drainsTimedOut.getCount();
  }

  /** What the accumulators hold, for the checkpoint. */
  long[] totals() {
    return totals.stream().mapToLong(LongCounter::getLocalValuePrimitive).toArray();
  }

  @Override
  public void batchDone(int rowsDone, long tokensDone, long paddedTokensDone, long nanos) {
    rows.inc(rowsDone);
    batches.inc();
    tokens.inc(tokensDone);
    paddedTokens.inc(paddedTokensDone);
    answerMillis.update(nanos / 1_000_000);
    totalTexts.add((long) rowsDone);
    totalTokens.add(tokensDone);
    totalPaddedTokens.add(paddedTokensDone);
    totalBatches.add(1L);
  }

  @Override
  public void cacheHit() {
    cacheHits.inc();
    totalRepeatedTexts.add(1L);
  }

  @Override
  public void duplicate() {
    duplicates.inc();
    totalRepeatedTexts.add(1L);
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
