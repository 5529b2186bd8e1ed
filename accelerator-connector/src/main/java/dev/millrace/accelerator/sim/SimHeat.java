package dev.millrace.accelerator.sim;

/**
 * How warm a simulated device is: it nears the temperature that its load leads to, as a body does.
 * Not safe for use by several threads.
 */
final class SimHeat {

  /** From here on its clocks are halved. */
  static final double THROTTLES = 85;

  /** Here it goes off. */
  static final double GOES_OFF = 105;

  private static final double AMBIENT = 40;
  private static final double RISE = 30;
  private static final double RISE_UNCOOLED = 90;
  private static final double TIME_CONSTANT_NANOS = 5e9;
  private static final double IDLE_WATTS = 60;
  private static final double BUSY_WATTS = 300;

  private double celsius = AMBIENT;
  private long since;

  /** Notes that until now it was as busy and as well cooled as said. */
  void pass(long now, double load, boolean cooled) {
    double target = AMBIENT + load * (cooled ? RISE : RISE_UNCOOLED);
    celsius = target + (celsius - target) * Math.exp((since - now) / TIME_CONSTANT_NANOS);
    since = now;
  }

  double celsius() {
    return celsius;
  }

  boolean throttles() {
    return celsius >= THROTTLES;
  }

  double watts(double load) {
    return IDLE_WATTS + load * (BUSY_WATTS - IDLE_WATTS);
  }
}
