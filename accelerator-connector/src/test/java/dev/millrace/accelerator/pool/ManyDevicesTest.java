package dev.millrace.accelerator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.DeviceState;
import dev.millrace.accelerator.DeviceStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pools as large as a rack and as a supernode, of devices of all speeds, in virtual time. */
class ManyDevicesTest {

  private static final int ROWS = 2;
  private static final int WIDTH = 16;
  private static final int TOKENS = ROWS * WIDTH;
  private static final double SECONDS = 60;

  /** A device, and what it would do by itself. */
  private record Made(String uri, double tokensPerSecond, double batchSeconds) {

    double batchesPerSecond() {
      return 1 / (batchSeconds + TOKENS / tokensPerSecond);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {72, 384})
  void theWorkDoneIsThatOfTheIdealSchedule(int count) {
    List<Made> made = made(count, 11);
    double ideal = made.stream().mapToDouble(Made::batchesPerSecond).sum() * SECONDS;
    try (PoolInVirtualTime pool = pool(made)) {
      pool.load();
      pool.keepInFlight(3 * count, ROWS, WIDTH);
      pool.seconds(5);
      long before = pool.batchesAnswered();
      pool.seconds(SECONDS);
      assertThat(pool.batchesAnswered() - before).isGreaterThanOrEqualTo((long) (0.97 * ideal));
      // More is in flight than all hold, so each has a batch, and one after it.
      assertThat(pool.pool.devices())
          .allSatisfy(device -> assertThat(device.inFlight()).isEqualTo(2));
      assertThat(pool.failures).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {72, 384})
  void nothingIsLostAndLittleIsWastedWhenSomeOfThemFail(int count) {
    Random random = new Random(12);
    List<Made> sound = made(count, 12);
    List<Made> made = new ArrayList<>();
    double ideal = 0;
    int dead = 0;
    for (Made one : sound) {
      String fault = "";
      double up = SECONDS;
      switch (random.nextInt(12)) {
        case 0 -> {
          // It dies for good.
          fault = "&die=20s..";
          up = 20;
          dead++;
        }
        case 1 -> {
          // It is gone for a while.
          fault = "&die=10s..20s";
          up = SECONDS - 10;
        }
        case 2 -> fault = "&fail=0.001";
        case 3 -> fault = "&nan=0.001";
        default -> {}
      }
      made.add(new Made(one.uri + fault, one.tokensPerSecond, one.batchSeconds));
      ideal += one.batchesPerSecond() * up;
    }
    try (PoolInVirtualTime pool = pool(made)) {
      pool.load();
      pool.keepInFlight(3 * count, ROWS, WIDTH);
      double loading = pool.clock.nanos() / 1e9;
      pool.seconds(SECONDS - loading);
      assertThat((double) pool.batchesAnswered())
          .as("batches answered in %.1f s, %.0f by the ideal schedule", SECONDS - loading, ideal)
          .isGreaterThanOrEqualTo(0.97 * ideal * (SECONDS - loading) / SECONDS);
      assertThat(pool.failures).isEmpty();
      assertThat(pool.inFlight()).isEqualTo(3 * count);
      // Besides the dead some may be in doubt at this very moment.
      assertThat(pool.pool.devices().stream().filter(device -> !device.state().works()).count())
          .isBetween((long) dead, dead + 3L);
      for (DeviceStatus device : pool.pool.devices()) {
        if (device.state() == DeviceState.UP) {
          assertThat(device.inFlight()).isEqualTo(2);
        }
      }
    }
  }

  private static PoolInVirtualTime pool(List<Made> made) {
    return new PoolInVirtualTime(made.stream().map(Made::uri).collect(Collectors.joining(",")));
  }

  /** Speeds that differ eightfold. */
  private static List<Made> made(int count, long seed) {
    Random random = new Random(seed);
    List<Made> made = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double speed = 50 * Math.pow(8, random.nextDouble());
      int batchMillis = 1 + random.nextInt(20);
      made.add(
          new Made(
              String.format(
                  Locale.ROOT,
                  "sim:%d-%d?dimensions=8&speed=%.3f&batch-cost=%dms&tokens=%d",
                  seed,
                  i,
                  speed,
                  batchMillis,
                  TOKENS),
              speed,
              batchMillis / 1e3));
    }
    return made;
  }
}
