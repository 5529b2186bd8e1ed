package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

final class RememberedTimeTest {

  private static OneInputStreamOperatorTestHarness<String, String> operator(boolean neverIdle)
      throws Exception {
    return new OneInputStreamOperatorTestHarness<>(new RememberedTime<>(neverIdle));
  }

  private static List<Long> marks(OneInputStreamOperatorTestHarness<String, String> operator) {
    return operator.getOutput().stream()
        .filter(Watermark.class::isInstance)
        .map(mark -> ((Watermark) mark).getTimestamp())
        .toList();
  }

  @Test
  void whatPassedBeforeACheckpointPassesAgainBeforeTheFirstRow() throws Exception {
    OperatorSubtaskState saved;
    try (var before = operator(true)) {
      before.open();
      before.processWatermark(Long.MIN_VALUE);
      before.processWatermark(100);
      before.processElement("a", 150);
      before.processWatermark(200);
      saved = before.snapshot(1, 1);
      before.processWatermark(300);
    }
    try (var restored = operator(true)) {
      restored.initializeState(saved);
      restored.open();
      restored.processElement("b", 250);
      restored.processWatermark(260);
      assertThat(restored.getOutput())
          .containsExactly(
              new Watermark(100),
              new Watermark(200),
              new StreamRecord<>("b", 250),
              new Watermark(260));
      saved = restored.snapshot(2, 2);
    }
    try (var again = operator(true)) {
      again.initializeState(saved);
      again.open();
      again.processWatermark(Watermark.MAX_WATERMARK);
      assertThat(marks(again)).containsExactly(100L, 200L, 260L, Long.MAX_VALUE);
    }
  }

  @Test
  void theOldestAreForgotten() throws Exception {
    OperatorSubtaskState saved;
    try (var before = operator(false)) {
      before.open();
      for (long time = 1; time <= RememberedTime.REMEMBERED + 10; time++) {
        before.processWatermark(time);
      }
      before.processWatermark(Watermark.MAX_WATERMARK);
      saved = before.snapshot(1, 1);
    }
    try (var restored = operator(false)) {
      restored.initializeState(saved);
      restored.open();
      restored.processElement("a", 0);
      assertThat(marks(restored))
          .containsExactlyElementsOf(
              LongStream.rangeClosed(11, RememberedTime.REMEMBERED + 10).boxed().toList());
    }
  }

  @Test
  void aTopicWithoutMessagesIsNotIdle() throws Exception {
    for (boolean neverIdle : List.of(true, false)) {
      try (var operator = operator(neverIdle)) {
        operator.open();
        operator.processWatermarkStatus(WatermarkStatus.IDLE);
        assertThat(operator.getOutput()).hasSize(neverIdle ? 0 : 1);
      }
    }
  }
}
