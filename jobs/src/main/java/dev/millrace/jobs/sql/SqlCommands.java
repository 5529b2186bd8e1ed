package dev.millrace.jobs.sql;

import dev.millrace.jobs.cli.Command;

/** Makes the command that users get. */
public final class SqlCommands {

  private SqlCommands() {}

  /** {@code millrace sql}. */
  public static Command sql() {
    return new SqlCommand();
  }
}
