package dev.millrace.jobs.bench;

import dev.millrace.jobs.cli.Command;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.MillraceCommandLine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs {@code millrace bench} in this process, and keeps what it said. */
final class BenchRun {

  private final Command bench;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** With the measurements that users get. */
  BenchRun() {
    this.bench = BenchCommands.bench();
  }

  BenchRun(List<Measurement> measurements) {
    this.bench = new BenchCommand(measurements);
  }

  int run(String... args) {
    out.reset();
    err.reset();
    return new MillraceCommandLine("1.2.3", List.of(bench))
        .run(
            args,
            new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                true));
  }

  String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
