package dev.millrace.jobs.feed;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * Watermarks behind the latest row by a bound, by the clock as Flink's own are, and also after so
 * many rows: a job that reads what has piled up reads thousands between two ticks of the clock, and
 * all that waits for event time waits in memory until the next watermark.
 */
final class SteadyWatermarks<T> implements WatermarkGenerator<T> {
  static final int MOST_ROWS_BETWEEN = 200;

  private final long bound;
  private long latest;
  private int rows;

  SteadyWatermarks(Duration disorder) {
    bound = disorder.toMillis();
    latest = Long.MIN_VALUE + bound + 1;
  }

  static <T> WatermarkStrategy<T> behind(Duration disorder) {
    return WatermarkStrategy.forGenerator(context -> new SteadyWatermarks<>(disorder));
  }

  @Override
  public void onEvent(T row, long time, WatermarkOutput output) {
    latest = Math.max(latest, time);
    if (++rows >= MOST_ROWS_BETWEEN) {
      onPeriodicEmit(output);
    }
  }

  @Override
  public void onPeriodicEmit(WatermarkOutput output) {
    rows = 0;
    output.emitWatermark(new Watermark(latest - bound - 1));
  }
}
