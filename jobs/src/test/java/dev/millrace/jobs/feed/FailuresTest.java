package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.util.FlinkRuntimeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailuresTest {

  @TempDir Path folder;

  @Test
  void aJobThatFailsSaysWhatToDoAndNotWhereItWasNoticed() throws IOException {
    StringBuilder rows = new StringBuilder("user,item,text,time\n");
    for (int i = 0; i < 400; i++) {
      rows.append("p,i").append(i).append(",mug number ").append(i);
      rows.append(",2025-01-01T00:00:00Z\n");
    }
    Path sales = Files.writeString(folder.resolve("sales.csv"), rows);
    CommandRun command = new CommandRun();
    int code =
        command.run(
            "feed",
            "--interactions=" + sales,
            "--output=" + folder.resolve("feed"),
            "--parallelism=1",
            "--batch-rows=400",
            "--deadline=1 ms",
            "--max-attempts=1");
    assertThat(code).isEqualTo(ExitCode.FAILED);
    assertThat(command.complained())
        .contains("did not answer a batch of")
        .contains("'deadline'")
        .doesNotContain("\tat ");
  }

  @Test
  void aFullDiskIsSaidWithWhatToDo() {
    assertThat(saidOf(new IOException("No space left on device")))
        .contains("No space left on device. Make room where the output")
        .contains(System.getProperty("java.io.tmpdir"));
  }

  /** Flink's words, as they come when the disk under the checkpoints is full. */
  @Test
  void checkpointsThatFailAreSaidWithTheirFolder() {
    assertThat(
            saidOf(
                new FlinkRuntimeException(
                    "Exceeded checkpoint tolerable failure threshold. The latest checkpoint failed"
                        + " due to Asynchronous task checkpoint failed., view the Checkpoint"
                        + " History tab or the Job Manager log to find out why continuous"
                        + " checkpoints failed.")))
        .contains("Its checkpoints failed (Asynchronous task checkpoint failed), and")
        .contains(System.getProperty("java.io.tmpdir"))
        .contains("MiB are free")
        .contains("make room and start again")
        .doesNotContain("Checkpoint History");
    assertThat(
            saidOf(new FlinkRuntimeException("Exceeded checkpoint tolerable failure threshold.")))
        .contains("Its checkpoints failed, and");
  }

  private static String saidOf(Exception root) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    Failures.print(
        "feed",
        new IllegalStateException("The job failed", root),
        new Console(stream, stream, false, false));
    return said.toString(StandardCharsets.UTF_8);
  }
}
