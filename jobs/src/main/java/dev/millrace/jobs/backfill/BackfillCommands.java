package dev.millrace.jobs.backfill;

import dev.millrace.jobs.cli.Command;

/** The commands of this package. */
public final class BackfillCommands {

  private BackfillCommands() {}

  /** {@code millrace backfill}. */
  public static Command backfill() {
    return new BackfillCommand();
  }
}
