package dev.millrace.jobs;

import dev.millrace.jobs.backfill.BackfillCommands;
import dev.millrace.jobs.bench.BenchCommands;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.MillraceCommandLine;
import dev.millrace.jobs.devices.DevicesCommands;
import dev.millrace.jobs.feed.FeedCommands;
import dev.millrace.jobs.sql.SqlCommands;
import java.util.Arrays;
import java.util.List;

/** The entry point of {@code ./millrace} and of the jar that is submitted to a Flink cluster. */
public final class Millrace {

  private Millrace() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    int code = run(args);
    // Threads of Flink's that outlive a job must not keep the process.
    System.exit(code);
  }

  private static int run(String[] args) {
    boolean verbose =
        Arrays.asList(args).contains("--verbose") || Arrays.asList(args).contains("-v");
    Logs.configure(args, verbose);
    Console console = Console.ofProcess(verbose);
    try {
      String version = Millrace.class.getPackage().getImplementationVersion();
      return new MillraceCommandLine(
              version == null ? "(not packaged)" : version,
              List.of(
                  FeedCommands.feed(),
                  BackfillCommands.backfill(),
                  SqlCommands.sql(),
                  DevicesCommands.devices(),
                  BenchCommands.bench()))
          .run(args, console);
    } catch (RuntimeException | LinkageError failed) {
      console.err().println("millrace failed: " + failed);
      if (verbose) {
        failed.printStackTrace(console.err());
      }
      return ExitCode.FAILED;
    }
  }
}
