package dev.millrace.jobs.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cluster.ChildJvm;
import dev.millrace.schemas.Recommendation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A feed into a disk that gets full: a small file system that is mounted for the run alone, which
 * Linux lets anybody do in a namespace of their own, where it is not forbidden.
 */
final class FullDiskIT {

  private static final List<String> IN_OWN_NAMESPACE =
      List.of("unshare", "--map-root-user", "--mount", "sh", "-c");

  /** What is in the file system is gone with the namespace. */
  private static final String WITH_SMALL_DISK =
      """
      mount -t tmpfs -o size=600k none "$SMALL_DISK" && "$0" "$@"
      code=$?
      cp -r "$SMALL_DISK/feed" "$COPY"
      exit $code
      """;

  @TempDir Path folder;

  @Test
  void endsARunThatSaysWhereToMakeRoom() throws Exception {
    assumeTrue(mayMount(), "Skipped: 'unshare --map-root-user --mount' may not mount here.");
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path copy = folder.resolve("copy");
    List<String> launcher = new ArrayList<>(IN_OWN_NAMESPACE);
    launcher.add(WITH_SMALL_DISK);
    try (ChildJvm run =
        MillraceProcess.start(
            folder.resolve("said.txt"),
            launcher,
            Map.of("SMALL_DISK", disk.toString(), "COPY", copy.toString()),
            "feed",
            "--duration=10 min",
            "--parallelism=2",
            "--checkpoint-interval=500 ms",
            "--output=" + disk.resolve("feed"))) {
      assertThat(run.await()).as(run::said).isEqualTo(ExitCode.FAILED);
      assertThat(run.said())
          .contains("No space left on device. Make room where the output and the dead letters go")
          .doesNotContain("\tat ");
    }
    List<Recommendation> committed = CommandRun.read(copy, Recommendation.class);
    assertThat(committed).isNotEmpty();
    assertThat(committed.stream().map(feed -> feed.getUserId() + " " + feed.getEventTime()))
        .as("what was committed is there once")
        .doesNotHaveDuplicates();
  }

  private static boolean mayMount() throws InterruptedException {
    List<String> command = new ArrayList<>(IN_OWN_NAMESPACE);
    command.add("mount -t tmpfs none /tmp");
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException noSuchProgram) {
      return false;
    }
  }
}
