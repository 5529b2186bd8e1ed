package dev.millrace.jobs.feed;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.jobs.cli.Console;

/** Says why a run failed: its root in a line, and where it happened if that is asked for. */
public final class Failures {

  /** What the system says; Java passes it on. */
  private static final String FULL_DISK = "No space left on device";

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
    console.err().println("millrace " + command + " failed: " + reason(root));
    if (console.verbose()) {
      failure.printStackTrace(console.err());
    } else {
      console.err().println("With --verbose it says where.");
    }
    console.err().flush();
  }

  private static String reason(Throwable root) {
    String message = root.getMessage();
    if (message == null) {
      return root.getClass().getSimpleName();
    }
    return message.contains(FULL_DISK)
        ? message
            + ". Make room where the output and the dead letters go, and for temporary files in "
            + System.getProperty("java.io.tmpdir")
            + ", where checkpoints are, too; then start again."
        : message;
  }
}
