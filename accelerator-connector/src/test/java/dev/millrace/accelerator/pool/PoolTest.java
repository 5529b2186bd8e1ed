package dev.millrace.accelerator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.accelerator.AcceleratorException.Category;
import dev.millrace.accelerator.ArrowBatch;
import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.DeviceStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A pool of a few simulated devices, in virtual time. */
class PoolTest {

  private static final String SLOW = "sim:slow?dimensions=8&speed=1000&batch-cost=0s";
  private static final String FAST = "sim:fast?dimensions=8&speed=3000&batch-cost=0s";

  @Test
  void twoDevicesOfDifferentSpeedDoTheSumOfWhatTheyDo() {
    try (PoolInVirtualTime pool = new PoolInVirtualTime(SLOW + "," + FAST)) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(5);
      long before = pool.batchesAnswered();
      pool.seconds(100);
      double tokensPerSecond = (pool.batchesAnswered() - before) * 100.0 / 100;
      assertThat(tokensPerSecond).isGreaterThanOrEqualTo(0.95 * 4000);
      assertThat(pool.device(0).tokensPerSecond()).isCloseTo(1000, within(20.0));
      assertThat(pool.device(1).tokensPerSecond()).isCloseTo(3000, within(60.0));
    }
  }

  @Test
  void whatADeadDeviceHeldRunsElsewhereAndItComesBack() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(FAST + ",sim:mortal?dimensions=8&speed=3000&die=10s..20s")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(11);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.PROBATION);
      assertThat(pool.device(1).reason()).isNotEmpty();
      long before = pool.device(1).batches();
      pool.seconds(30);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.UP);
      assertThat(pool.device(1).batches()).isGreaterThan(before + 100);
      assertThat(pool.device(1).falls()).isEqualTo(1);
      assertThat(pool.failures).isEmpty();
    }
  }

  @Test
  void aDeviceThatHangsIsGivenUpAndItsBatchesRunElsewhere() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(FAST + ",sim:hangs?dimensions=8&speed=3000&hang=10s..10500ms")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(40);
      assertThat(pool.device(1).falls()).isEqualTo(1);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.UP);
      assertThat(pool.failures).isEmpty();
      assertThat(pool.inFlight()).isEqualTo(4);
    }
  }

  @Test
  void nanAndWrongShapesAndLiesTakeADeviceOutUntilItTellsTheTruth() {
    for (String fault : List.of("nan", "wrong-shape", "lie")) {
      try (PoolInVirtualTime pool =
          new PoolInVirtualTime(
              FAST + ",sim:bad-" + fault + "?dimensions=8&speed=3000&" + fault + "=400s..420s")) {
        pool.load();
        pool.keepInFlight(4, 4, 25);
        pool.seconds(399);
        assertThat(pool.device(1).state()).as(fault).isEqualTo(DeviceState.UP);
        pool.seconds(18);
        if (!fault.equals("lie")) {
          assertThat(pool.device(1).state()).as(fault).isEqualTo(DeviceState.PROBATION);
        }
        pool.seconds(60);
        assertThat(pool.device(1).state()).as(fault).isEqualTo(DeviceState.UP);
        assertThat(pool.failures).as(fault).isEmpty();
      }
    }
  }

  @Test
  void aDeviceThatLiesWhenItIsLoadedGetsNoWork() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(FAST + ",sim:liar?dimensions=8&speed=3000&lie=0s..")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(30);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.PROBATION);
      assertThat(pool.device(1).reason()).contains("known answer");
      assertThat(pool.device(1).batches()).isZero();
    }
  }

  @Test
  void aDeviceThatIsLikeNoOtherIsHeldAgainstTheProcessorWhereThatIsWanted() {
    // What a simulated device answers is not what the model does.
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime("sim:lies-alone?known-answer=cpu,sim:is-believed")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(30);
      assertThat(pool.device(0).state()).isEqualTo(DeviceState.PROBATION);
      assertThat(pool.device(0).reason()).contains("of this process's processor");
      assertThat(pool.device(0).batches()).isZero();
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.UP);
      assertThat(pool.failures).isEmpty();
    }
  }

  @Test
  void tooLittleMemoryMakesTheBatchesOfThatDeviceSmallerAndOfNoOther() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(
            "sim:large?dimensions=8&tokens=400,"
                + "sim:small?dimensions=8&tokens=400&memory=12800kb&token-memory=64kb")) {
      pool.load();
      List<Integer> answered = new ArrayList<>();
      try (ArrowBatch batch = pool.batch(16, 25)) {
        for (int i = 0; i < 4; i++) {
          pool.send(
              batch,
              answer -> {
                answered.add(answer.rowCount());
                answer.close();
              },
              pool.failures::add);
        }
        pool.seconds(5);
      }
      assertThat(answered).containsExactly(16, 16, 16, 16);
      assertThat(pool.failures).isEmpty();
      assertThat(pool.device(0).mostTokens()).isEqualTo(Integer.MAX_VALUE);
      assertThat(pool.device(1).mostTokens()).isEqualTo(200);
    }
  }

  @Test
  void withoutAnyDeviceTheBatchFailsAsUnavailableAfterAWhile() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime("sim:a?die=5s..&dimensions=8,sim:b?die=5s..&dimensions=8")) {
      pool.load();
      pool.keepInFlight(2, 4, 25);
      pool.seconds(20);
      assertThat(pool.failures).isEmpty();
      pool.seconds(30);
      assertThat(pool.failures).isNotEmpty();
      assertThat(pool.failures.get(0).category()).isEqualTo(Category.UNAVAILABLE);
      assertThat(pool.failures.get(0)).hasMessageContaining("sim:a").hasMessageContaining("sim:b");
    }
  }

  @Test
  void aSpareWorksOnlyWhileNoOtherCan() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(
            "sim:main?die=10s..20s&dimensions=8,sim:spare?weight=0&dimensions=8")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(9);
      assertThat(pool.device(1).batches()).isZero();
      pool.seconds(6);
      long spare = pool.device(1).batches();
      assertThat(spare).isGreaterThan(100);
      pool.seconds(20);
      long after = pool.device(1).batches();
      pool.seconds(20);
      assertThat(pool.device(1).batches()).isEqualTo(after);
      assertThat(pool.failures).isEmpty();
    }
  }

  @Test
  void aBatchThatIsLateRunsOnASecondDeviceAsWell() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(
            FAST + ",sim:tail?dimensions=8&speed=3000&batch-cost=0s&slow=0.005&slow-factor=100")) {
      pool.load();
      // One in flight: the other device is idle when one is late.
      pool.keepInFlight(1, 4, 25);
      pool.seconds(600);
      DeviceStatus tail = pool.device(1);
      assertThat(tail.hedged()).isGreaterThan(0);
      assertThat(pool.failures).isEmpty();
    }
  }

  @Test
  void twoRelapsesLeaveADeviceOut() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(
            FAST + ",sim:relapses?dimensions=8&speed=3000&fail=10s..12s;100s..102s;200s..202s")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(150);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.UP);
      pool.seconds(150);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.OUT);
      assertThat(pool.device(1).falls()).isEqualTo(3);
      pool.stop();
      pool.seconds(24 * 3600);
      assertThat(pool.device(1).state().works()).isTrue();
      assertThat(pool.failures).isEmpty();
    }
  }

  @Test
  void aDeviceThatGetsTooHotRestsUntilItHasCooledAndNeverGoesOff() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime(
            FAST + ",sim:hot?dimensions=8&speed=3000&batch-cost=0s&overheat=20s..80s")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(19);
      long cool = pool.device(1).batches();
      pool.seconds(60);
      long hot = pool.device(1).batches() - cool;
      assertThat(hot).isBetween(cool / 5, cool * 2);
      assertThat(pool.device(1).falls()).as("times that it was taken out of work").isZero();
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.DEGRADED);
      pool.seconds(60);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.UP);
      assertThat(pool.device(1).joules()).isBetween(130 * 60.0, 140 * 300.0);
      assertThat(pool.failures).isEmpty();
    }
  }

  @Test
  void aDeviceOnWhichTheModelIsAnotherIsLeftOut() {
    try (PoolInVirtualTime pool =
        new PoolInVirtualTime("sim:eight?dimensions=8,sim:nine?dimensions=9")) {
      pool.load();
      pool.keepInFlight(4, 4, 25);
      pool.seconds(5);
      assertThat(pool.device(0).state()).isEqualTo(DeviceState.UP);
      assertThat(pool.device(1).state()).isEqualTo(DeviceState.OUT);
      assertThat(pool.device(1).reason()).contains("9").contains("8");
      assertThat(pool.failures).isEmpty();
    }
  }
}
