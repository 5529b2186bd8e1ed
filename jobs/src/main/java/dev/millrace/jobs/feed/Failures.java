package dev.millrace.jobs.feed;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.jobs.cli.Console;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says why a run failed: its root in a line, and where it happened if that is asked for. */
public final class Failures {

  /** What the system says; Java passes it on. */
  private static final String FULL_DISK = "No space left on device";

  /** What Flink says when it gives up over checkpoints, with the kind of the last failure. */
  private static final Pattern NO_CHECKPOINT =
      Pattern.compile(
          "Exceeded checkpoint tolerable failure threshold\\."
              + "(?: The latest checkpoint failed due to (.*?)\\.?, view the Checkpoint History.*)?",
          Pattern.DOTALL);

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
    Matcher noCheckpoint = NO_CHECKPOINT.matcher(message);
    if (noCheckpoint.lookingAt()) {
      return noCheckpoint(noCheckpoint.group(1));
    }
    return message.contains(FULL_DISK)
        ? message
            + ". Make room where the output and the dead letters go, and for temporary files in "
            + temporaryFiles()
            + ", where checkpoints are, too; then start again."
        : message;
  }

  /** Flink passes on that checkpoints fail, and not why: so this says where they go. */
  private static String noCheckpoint(@Nullable String kind) {
    return "Its checkpoints failed"
        + (kind == null ? "" : " (" + kind + ")")
        + ", and without them nothing more is committed. A run in this process has them among"
        + " the temporary files in "
        + temporaryFiles()
        + ", where "
        + (temporaryFiles().toFile().getUsableSpace() >> 20)
        + " MiB are free; a job on a cluster where 'execution.checkpointing.dir' says. If that"
        + " disk is full, make room and start again; else --log-file FILE says why. What was"
        + " committed stays.";
  }

  private static Path temporaryFiles() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }
}
