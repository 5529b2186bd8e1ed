package dev.millrace.accelerator.sim;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.InferenceSession;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.time.VirtualClock;
import java.util.HashMap;
import java.util.Map;

/** Simulated devices that live in virtual time. */
public final class SimDevices {

  private final VirtualClock clock;
  private final Map<AcceleratorUri, SimDevice> devices = new HashMap<>();

  public SimDevices(VirtualClock clock) {
    this.clock = clock;
  }

  /** As the connector opens one, but in this time; loading takes none. */
  public InferenceSession open(AcceleratorUri uri, Model model) {
    SimDevice device =
        devices.computeIfAbsent(uri, none -> new SimDevice(none, SimSettings.of(none)));
    device.requireAlive(clock);
    return new SimSession(device, model, clock.shared());
  }
}
