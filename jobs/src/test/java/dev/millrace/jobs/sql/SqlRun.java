package dev.millrace.jobs.sql;

import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.MillraceCommandLine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs the command line in this process, and reads what it said. */
final class SqlRun {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** Runs it and gives the exit code. */
  int run(String... args) {
    out.reset();
    err.reset();
    return new MillraceCommandLine("1.2.3", List.of(SqlCommands.sql()))
        .run(
            args,
            new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false));
  }

  /** Its standard output. */
  String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  /** Its standard error. */
  String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
