package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Models;
import org.junit.jupiter.api.Test;

class DeviceBudgetTest {

  private static SteeredSession session(String name) {
    return new SteeredSession(
        AcceleratorUri.parse("steered:" + name), Models.resolve("minilm"), Steering.named(name));
  }

  @Test
  void itIsHalvedAndRisesSlowlyAgain() {
    try (DeviceBudget budget = DeviceBudget.of(session("rises"))) {
      assertThat(budget.tokens()).isEqualTo(Integer.MAX_VALUE);
      budget.exceeded(1600);
      assertThat(budget.tokens()).isEqualTo(800);
      assertThat(batchesUntilItRises(budget)).isEqualTo(32);
      assertThat(budget.tokens()).isEqualTo(900);
    }
  }

  private static int batchesUntilItRises(DeviceBudget budget) {
    int before = budget.tokens();
    int batches = 0;
    while (budget.tokens() == before) {
      budget.fitted(before, 1);
      batches++;
    }
    return batches;
  }

  @Test
  void batchesThatWereNotFullShowNothing() {
    try (DeviceBudget budget = DeviceBudget.of(session("small"))) {
      budget.exceeded(1600);
      for (int batch = 0; batch < 1000; batch++) {
        budget.fitted(700, 100);
      }
      assertThat(budget.tokens()).isEqualTo(800);
      // One more row of the same length would not have been allowed.
      for (int batch = 0; batch < 32; batch++) {
        budget.fitted(750, 100);
      }
      assertThat(budget.tokens()).isEqualTo(900);
    }
  }

  @Test
  void whatTurnedOutTooMuchIsTriedLessOften() {
    try (DeviceBudget budget = DeviceBudget.of(session("probes"))) {
      budget.exceeded(1600);
      int last = 16;
      for (int probe = 0; probe < 10; probe++) {
        int batches = batchesUntilItRises(budget);
        assertThat(batches).isEqualTo(Math.min(4096, last * 2));
        last = batches;
        budget.exceeded(1600);
        assertThat(budget.tokens()).isEqualTo(800);
      }
    }
  }

  @Test
  void allWhoUseTheDeviceShareItAndItIsForgottenWithTheLast() {
    try (DeviceBudget first = DeviceBudget.of(session("shared"));
        DeviceBudget second = DeviceBudget.of(session("shared"));
        DeviceBudget other = DeviceBudget.of(session("other"))) {
      first.exceeded(64);
      assertThat(second.tokens()).isEqualTo(32);
      assertThat(other.tokens()).isEqualTo(Integer.MAX_VALUE);
    }
    try (DeviceBudget later = DeviceBudget.of(session("shared"))) {
      assertThat(later.tokens()).isEqualTo(Integer.MAX_VALUE);
    }
  }
}
