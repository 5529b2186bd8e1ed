package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class LaneTest {

  @Test
  void oneCallAtATimeEachForItsPrice() {
    Lane lane = new Lane(TimeUnit.MILLISECONDS.toNanos(5), TimeUnit.MICROSECONDS.toNanos(10));
    long began = System.nanoTime();
    IntStream.range(0, 40).parallel().forEach(call -> lane.pass(100));
    double millis = (System.nanoTime() - began) / 1e6;
    assertThat(millis).isGreaterThanOrEqualTo(40 * 6);
  }
}
