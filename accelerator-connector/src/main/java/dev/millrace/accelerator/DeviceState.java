package dev.millrace.accelerator;

/** How a pool thinks of one of its devices. */
public enum DeviceState {
  /** The model is being loaded on it for the first time. */
  LOADING,
  /** It works. */
  UP,
  /** It works, with less in its hands: it failed of late, came back of late, or throttles. */
  DEGRADED,
  /** It gets no work and is tried from time to time. */
  PROBATION,
  /** It gets no work and is not tried, for a day or for good. */
  OUT;

  /** Whether it gets work. */
  public boolean works() {
    return this == UP || this == DEGRADED;
  }
}
