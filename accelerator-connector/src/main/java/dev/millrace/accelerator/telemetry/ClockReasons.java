package dev.millrace.accelerator.telemetry;

/** Why clocks are low, as NVML's bits tell ({@code nvmlClocksEventReasons} in nvml.h). */
final class ClockReasons {

  private static final long HARDWARE_SLOWDOWN = 0x8;
  private static final long SOFTWARE_THERMAL = 0x20;
  private static final long HARDWARE_THERMAL = 0x40;
  private static final long POWER_BRAKE = 0x80;

  private ClockReasons() {}

  /**
   * Whether heat or a lack of power is among them. A power cap that was set is not: it is usual.
   */
  static boolean throttle(long reasons) {
    return (reasons & (HARDWARE_SLOWDOWN | SOFTWARE_THERMAL | HARDWARE_THERMAL | POWER_BRAKE)) != 0;
  }
}
