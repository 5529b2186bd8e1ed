package dev.millrace.accelerator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is learnt of a device's speed. */
class SpeedTest {

  private final Speed speed = new Speed();

  @Test
  void theCostsOfABatchAndOfATokenAreToldApart() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      long tokens = 100L + random.nextInt(4000);
      speed.observe(tokens, 2_000_000 + 1000 * tokens);
    }
    assertThat(speed.expect(0)).isCloseTo(2_000_000, within(20_000.0));
    assertThat(speed.expect(1000)).isCloseTo(3_000_000, within(30_000.0));
  }

  @Test
  void batchesOfOneSizeTellTheirTime() {
    for (int i = 0; i < 50; i++) {
      speed.observe(500, 1_000_000);
    }
    assertThat(speed.expect(500)).isCloseTo(1_000_000, within(1.0));
    assertThat(speed.tokensPerSecond(2)).isCloseTo(1_000_000, within(1.0));
    assertThat(speed.lateAfter(500)).isCloseTo(2_000_000, within(100_000.0));
  }

  @Test
  void oneBatchThatTookVeryLongMovesItLittleAndSeveralMoveIt() {
    for (int i = 0; i < 50; i++) {
      speed.observe(500, 1_000_000);
    }
    speed.observe(500, 100_000_000);
    assertThat(speed.expect(500)).isLessThan(1_300_000);
    for (int i = 0; i < 100; i++) {
      speed.observe(500, 5_000_000);
    }
    assertThat(speed.expect(500)).isCloseTo(5_000_000, within(300_000.0));
  }

  @Test
  void nothingIsExpectedOfWhatIsNotKnown() {
    assertThat(speed.isKnown()).isFalse();
    assertThat(speed.expect(100)).isZero();
    assertThat(speed.tokensPerSecond(1)).isZero();
  }
}
