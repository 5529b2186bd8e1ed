package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PausesTest {

  @Test
  void theyGrowUpToABoundAndVaryByAHalf() {
    Pauses pauses = new Pauses(7);
    for (int before = 0; before < 100; before++) {
      long full = before >= 8 ? 10_000 : 50L << before;
      assertThat(pauses.next(before))
          .isBetween(Duration.ofMillis(full / 2), Duration.ofMillis(full));
    }
  }

  @Test
  void equalSeedsGiveEqualPausesAndOthersDoNot() {
    assertThat(tenOf(3)).isEqualTo(tenOf(3)).isNotEqualTo(tenOf(4));
  }

  private static List<Duration> tenOf(long seed) {
    Pauses pauses = new Pauses(seed);
    return IntStream.range(0, 10).mapToObj(pauses::next).toList();
  }
}
