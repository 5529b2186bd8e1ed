package dev.millrace.operators;

import dev.millrace.accelerator.generation.GeneratedAnswer;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/** What only generators have to count, as metrics beside those of {@link InferenceMetrics}. */
final class GenerationMetrics {

  private static final int HISTOGRAM_WINDOW = 1000;

  private final Counter answerTokens;
  private final Counter answersCutShort;
  private final Counter answersFiltered;
  private final Histogram firstTokenMillis;

  GenerationMetrics(MetricGroup operatorGroup) {
    MetricGroup group = operatorGroup.addGroup("inference");
    this.answerTokens = group.counter("answerTokens");
    this.answersCutShort = group.counter("answersCutShort");
    this.answersFiltered = group.counter("answersFiltered");
    this.firstTokenMillis =
        group.histogram("firstTokenMillis", new DescriptiveStatisticsHistogram(HISTOGRAM_WINDOW));
  }

  void answered(GeneratedAnswer answer) {
    if (answer.answerTokens() != null) {
      answerTokens.inc(answer.answerTokens());
    }
    if (answer.firstTokenNanos() != null) {
      firstTokenMillis.update(TimeUnit.NANOSECONDS.toMillis(answer.firstTokenNanos()));
    }
    if ("length".equals(answer.finishReason())) {
      answersCutShort.inc();
    } else if ("content_filter".equals(answer.finishReason())) {
      answersFiltered.inc();
    }
  }
}
