package dev.millrace.accelerator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.pool.Health.Cause;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a pool thinks of a device. Times begin far from 0, as those of a machine may. */
class HealthTest {

  private final Health health = new Health(1);
  private long now = Long.MAX_VALUE - TimeUnit.HOURS.toNanos(20);

  private void pass(long amount, TimeUnit unit) {
    now += unit.toNanos(amount);
  }

  @Test
  void threeFailuresInAMinuteAreTooMany() {
    health.back();
    assertThat(health.strike("a", now)).isFalse();
    assertThat(health.state()).isEqualTo(DeviceState.DEGRADED);
    assertThat(health.strike("b", now)).isFalse();
    pass(2, TimeUnit.MINUTES);
    assertThat(health.strike("c", now)).isFalse();
    assertThat(health.strike("d", now)).isFalse();
    assertThat(health.strike("e", now)).isTrue();
  }

  @Test
  void itIsTriedAtOnceAndThenAfterPausesThatGrow() {
    health.back();
    health.fall("it failed", now, Cause.FAULT);
    assertThat(health.isTryDue(now)).isTrue();
    health.triedInVain("still", now);
    assertThat(health.isTryDue(now)).isFalse();
    pass(1200, TimeUnit.MILLISECONDS);
    assertThat(health.isTryDue(now)).isTrue();
    for (int i = 0; i < 12; i++) {
      health.triedInVain("still", now);
      pass(40, TimeUnit.SECONDS);
    }
    assertThat(health.isTryDue(now)).isFalse();
    pass(40, TimeUnit.SECONDS);
    assertThat(health.isTryDue(now)).isTrue();
    health.back();
    assertThat(health.state()).isEqualTo(DeviceState.DEGRADED);
    for (int i = 0; i < 16; i++) {
      health.good();
    }
    assertThat(health.state()).isEqualTo(DeviceState.UP);
  }

  @Test
  void twoRelapsesInADayLeaveItOutUntilTheFirstIsADayOld() {
    health.back();
    for (int fall = 0; fall < 3; fall++) {
      assertThat(health.state().works()).isTrue();
      health.fall("it failed", now, Cause.FAULT);
      if (fall < 2) {
        health.back();
        pass(1, TimeUnit.HOURS);
      }
    }
    assertThat(health.state()).isEqualTo(DeviceState.OUT);
    pass(21, TimeUnit.HOURS);
    assertThat(health.isTryDue(now)).isFalse();
    pass(2, TimeUnit.HOURS);
    assertThat(health.isTryDue(now)).isTrue();
  }

  @Test
  void asTheLastResortItIsTriedAllTheSame() {
    health.back();
    for (int fall = 0; fall < 3; fall++) {
      health.fall("it failed", now, Cause.FAULT);
      if (fall < 2) {
        health.back();
      }
    }
    health.tryAsLastResort(now);
    pass(75, TimeUnit.SECONDS);
    assertThat(health.isTryDue(now)).isTrue();
  }

  @Test
  void refusalsDoNotCountAndDoubtsCountWhenTheyProveRight() {
    health.back();
    for (int i = 0; i < 5; i++) {
      health.fall("it is being restarted", now, Cause.REFUSAL);
      health.blame(now);
      health.back();
    }
    assertThat(health.state()).isEqualTo(DeviceState.DEGRADED);
    for (int i = 0; i < 3; i++) {
      health.fall("NaN", now, Cause.DOUBT);
      health.blame(now);
      health.blame(now);
      if (i < 2) {
        assertThat(health.state()).isEqualTo(DeviceState.PROBATION);
        health.back();
      }
    }
    assertThat(health.state()).isEqualTo(DeviceState.OUT);
  }

  @Test
  void theSickAreNotTried() {
    health.back();
    health.fall("it says so", now, Cause.REFUSAL);
    health.setSick(true);
    pass(1, TimeUnit.HOURS);
    assertThat(health.isTryDue(now)).isFalse();
    health.setSick(false);
    assertThat(health.isTryDue(now)).isTrue();
  }
}
