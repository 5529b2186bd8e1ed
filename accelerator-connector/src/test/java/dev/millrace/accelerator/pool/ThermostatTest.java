package dev.millrace.accelerator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.accelerator.DeviceReading;
import org.junit.jupiter.api.Test;

/** How much a device may work by what it says of its heat. */
class ThermostatTest {

  private final Thermostat thermostat = new Thermostat(90);

  @Test
  void oneThatThrottlesWorksLessWithEachReadingAndMoreAgainAfterwards() {
    assertThat(thermostat.after(reading(70, false))).isEqualTo(1);
    double once = thermostat.after(reading(85, true));
    double twice = thermostat.after(reading(85, true));
    assertThat(once).isLessThan(1);
    assertThat(twice).isLessThan(once).isPositive();
    for (int i = 0; i < 10; i++) {
      assertThat(thermostat.after(reading(80, false))).isGreaterThan(twice);
    }
    assertThat(thermostat.after(reading(80, false))).isEqualTo(1);
  }

  @Test
  void overItsLimitItRestsUntilItIsFiveDegreesBelow() {
    assertThat(thermostat.after(reading(90, false))).isZero();
    assertThat(thermostat.after(reading(86, false))).isZero();
    assertThat(thermostat.after(reading(84, false))).isPositive();
  }

  @Test
  void whatIsNotToldChangesNothing() {
    assertThat(thermostat.after(DeviceReading.NOTHING)).isEqualTo(1);
  }

  private static DeviceReading reading(double celsius, boolean throttled) {
    return new DeviceReading(celsius, null, null, null, null, throttled, null, null, null);
  }
}
