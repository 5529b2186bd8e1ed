package dev.millrace.jobs.devices;

import dev.millrace.jobs.cli.Command;

/** Makes the command. */
public final class DevicesCommands {

  private DevicesCommands() {}

  /** {@code millrace devices}. */
  public static Command devices() {
    return new DevicesCommand();
  }
}
