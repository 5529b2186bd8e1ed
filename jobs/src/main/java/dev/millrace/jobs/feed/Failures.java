package dev.millrace.jobs.feed;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.jobs.cli.Console;

/** Says why a run failed: its root in a line, and where it happened if that is asked for. */
public final class Failures {

  private Failures() {}

  static void print(Throwable failure, Console console) {
    print("feed", failure, console);
  }

  /** Says it of a command. */
  public static void print(String command, Throwable failure, Console console) {
    Throwable root = failure;
    // Our own exceptions say what to do; what lies below them says only where it was noticed.
    while (!(root instanceof AcceleratorException)
        && root.getCause() != null
        && root.getCause() != root) {
      root = root.getCause();
    }
    String message = root.getMessage();
    console
        .err()
        .println(
            "millrace "
                + command
                + " failed: "
                + (message == null ? root.getClass().getSimpleName() : message));
    if (console.verbose()) {
      failure.printStackTrace(console.err());
    } else {
      console.err().println("With --verbose it says where.");
    }
    console.err().flush();
  }
}
