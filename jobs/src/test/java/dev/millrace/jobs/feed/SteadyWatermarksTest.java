package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.junit.jupiter.api.Test;

final class SteadyWatermarksTest {

  @Test
  void comeAfterSoManyRowsAndAlsoByTheClock() {
    List<Long> marks = new ArrayList<>();
    WatermarkOutput output =
        new WatermarkOutput() {
          @Override
          public void emitWatermark(Watermark mark) {
            marks.add(mark.getTimestamp());
          }

          @Override
          public void markIdle() {}

          @Override
          public void markActive() {}
        };
    WatermarkGenerator<String> watermarks = new SteadyWatermarks<>(Duration.ofMillis(10));
    watermarks.onPeriodicEmit(output);
    assertThat(marks).containsExactly(Long.MIN_VALUE);
    marks.clear();
    for (int row = 1; row <= 2 * SteadyWatermarks.MOST_ROWS_BETWEEN + 1; row++) {
      watermarks.onEvent("row", 1_000 + row, output);
    }
    assertThat(marks)
        .containsExactly(
            989L + SteadyWatermarks.MOST_ROWS_BETWEEN,
            989L + 2 * SteadyWatermarks.MOST_ROWS_BETWEEN);
    watermarks.onEvent("earlier", 0, output);
    watermarks.onPeriodicEmit(output);
    assertThat(marks).last().isEqualTo(990L + 2 * SteadyWatermarks.MOST_ROWS_BETWEEN);
  }
}
