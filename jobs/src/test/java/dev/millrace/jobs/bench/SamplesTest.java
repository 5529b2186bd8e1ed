package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class SamplesTest {

  @Test
  void theMedianIsTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
    assertThat(new Samples(3, 1, 2).median()).isEqualTo(2);
    assertThat(new Samples(4, 1, 2, 3).median()).isEqualTo(2.5);
    assertThatThrownBy(() -> new Samples().median()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theSpreadIsTheRangeAsAShareOfTheMedian() {
    assertThat(new Samples(90, 100, 120).spread()).isCloseTo(0.3, within(1e-12));
    assertThat(new Samples(7).spread()).isZero();
    assertThat(new Samples(0, 0, 0).spread()).isZero();
  }

  @Test
  void aRatioComparesWhatWasMeasuredInTheSameRound() {
    // In the second round the machine was half as fast for both.
    Samples ours = new Samples(200, 100, 210);
    Samples theirs = new Samples(100, 50, 100);
    assertThat(ours.ratioTo(theirs)).isEqualTo(2.0);
  }

  @Test
  void quantiles() {
    double[] values = {5, 1, 4, 2, 3};
    assertThat(Samples.quantile(values, 0.5)).isEqualTo(3);
    assertThat(Samples.quantile(values, 0.99)).isEqualTo(5);
    assertThat(Samples.quantile(values, 0)).isEqualTo(1);
    assertThat(values).as("is not sorted in place").containsExactly(5, 1, 4, 2, 3);
  }
}
